#include "seal/instructions.hpp"

namespace ombud::seal {

std::string instructions(const std::string& export_id, bool for_certificates, bool for_passphrase,
                         bool is_time_stamped) {
    std::string text = "Sealed export " + export_id + R"TEXT(

It opens for the recipients it was sealed for, and for nobody else. With Ombud:

)TEXT";
    if (for_certificates)
        text += "    ombud seal open . --key KEY.pem --cert CERT.pem --trust SITE.pem --out DIR\n";
    if (for_passphrase)
        text += "    ombud seal open . --passphrase-file FILE --trust SITE.pem --out DIR\n";
    text += R"TEXT(
Without Ombud, OpenSSL 3.0 or newer and a shell are enough. SITE.pem is the certificate of the site that sealed it; get it
on another way than this folder. In a copy of this folder, on a disk with room for it, one command after the other:

1. Decrypt. If one of these fails, do not use what it wrote.

)TEXT";
    if (for_certificates)
        text +=
            R"TEXT(    for f in *.cms; do openssl cms -decrypt -inform DER -binary -in "$f" -recip CERT.pem -inkey KEY.pem -out "${f%.cms}" || echo "BAD: $f"; done
)TEXT";
    if (for_certificates && for_passphrase)
        text += "\n   or with the passphrase\n\n";
    if (for_passphrase)
        text +=
            R"TEXT(    for f in *.cms; do openssl cms -decrypt -inform DER -binary -in "$f" -pwri_password "PASSPHRASE" -out "${f%.cms}" || echo "BAD: $f"; done
)TEXT";
    text += R"TEXT(
2. See that the site signed the manifest. If this fails, trust nothing here. (It fails, too, when the site's certificate has
   expired since: add -attime SECONDS with the time of sealing, or -no_check_time.)

    openssl cms -verify -inform DER -binary -in manifest -CAfile SITE.pem -out manifest.json
)TEXT";
    if (is_time_stamped)
        text += R"TEXT(
3. See when it was signed at the latest; TSA.pem is the time stamping authority's certificate.

    openssl ts -verify -in manifest.tsr -data manifest -CAfile TSA.pem
)TEXT";
    text += R"TEXT(
Then put the files together and compare every sum:

    for f in file-*.part-00001; do f="${f%.part-00001}"; cat "$f".part-????? > "$f"; done
    sed -n 's/^ *"sum": "\([^"]*\)".*/\1/p' manifest.json | sha256sum --check

manifest.json says what each file is called, of which cameras and times it is, why it was handed over, to whom, and until
when it must be destroyed. openssl holds about three times a part in memory, which is why there are parts.
)TEXT";
    return text;
}

} // namespace ombud::seal
