-- What the web gate looks up in ZoneMinder's database: whose session, token or hash a request carries, and what that account may.
-- After outbox.sql, once, by the database's administrator:  mariadb zm < web.sql
-- Sessions.data holds what PHP keeps of a login; Users.Password is ZoneMinder's hash of it, which is part of auth= in addresses;
-- Config holds ZM_AUTH_HASH_SECRET, which signs tokens. So this user sees what would let it act as anybody: keep its password as
-- an administrator's. outbox_remove.sql takes it all away.
GRANT SELECT (id, access, data) ON Sessions TO 'ombud'@'localhost';
GRANT SELECT (Id, Username, Password, Enabled, Stream, Events, Control, Monitors, `Groups`, Devices, Snapshots, System, MonitorIds,
  APIEnabled, TokenMinExpiry) ON Users TO 'ombud'@'localhost';
GRANT SELECT (Id, Name, Value, Private) ON Config TO 'ombud'@'localhost';
GRANT SELECT (Id, EventId) ON Frames TO 'ombud'@'localhost';
