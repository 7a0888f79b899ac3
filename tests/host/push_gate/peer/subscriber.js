// A browser's side of Web Push, by npm's http_ece, jws and web-push. One JSON line in, one out:
//   {"make": true}                                        -> {"p256dh", "auth", "private"}
//   {"private", "auth", "body", "authorization", "origin"} -> {"plain", "claims", "like_web_push"}
'use strict';
const crypto = require('crypto');
const ece = require('http_ece');
const jws = require('jws');
const webPush = require('web-push');
const readline = require('readline');

function make() {
  const key = crypto.createECDH('prime256v1');
  key.generateKeys();
  return {
    p256dh: key.getPublicKey('base64url'),
    auth: crypto.randomBytes(16).toString('base64url'),
    private: key.getPrivateKey('base64url')
  };
}

function read(message) {
  const key = crypto.createECDH('prime256v1');
  key.setPrivateKey(message.private, 'base64url');
  const plain = ece.decrypt(Buffer.from(message.body, 'base64'), {
    version: 'aes128gcm', privateKey: key, authSecret: message.auth
  });

  const form = /^vapid t=([\w.-]+), k=([\w-]+)$/;
  const [, token, raw] = form.exec(message.authorization);
  const point = Buffer.from(raw, 'base64url');
  const pem = crypto.createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url')
    }
  }).export({ type: 'spki', format: 'pem' });
  if (!jws.verify(token, 'ES256', pem)) throw new Error('the VAPID signature does not verify');

  const theirs = webPush.generateVAPIDKeys();
  const header = webPush.getVapidHeaders(message.origin, 'mailto:it@example.org', theirs.publicKey, theirs.privateKey,
    'aes128gcm');
  const like = jws.decode(form.exec(header.Authorization)[1]);
  const ours = jws.decode(token);
  const keys = (decoded) => [Object.keys(decoded.header).sort(), Object.keys(decoded.payload).sort()].toString();
  return { plain: plain.toString(), claims: ours.payload, like_web_push: keys(ours) === keys(like) };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  let answer;
  try {
    answer = message.make ? make() : read(message);
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
});
