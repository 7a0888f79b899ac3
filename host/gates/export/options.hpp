#pragma once
// What the desk is told by the site.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ombud/time_zone.hpp>

#include "media/masks/masked_copy.hpp"

namespace ombud::exports {

/// Where exports may go.
struct Destination {
    std::string id, kind;       ///< kind: folder, share or removable, as claimed
    std::filesystem::path path; ///< absolute; it, or any folder below
};

/// To whom, and by what they open it.
struct Recipient {
    std::string id;
    std::string name, title, organisation; ///< of who asks there, unless an export names another person
    std::string recipient_class;           ///< as OMBUD_KEY_RECIPIENT_CLASS
    std::string legal_ground;              ///< may be empty
    std::filesystem::path certificate;     ///< PEM; empty: passphrase is given
    std::optional<std::string> passphrase;
};

/// A camera of the site in its VMS.
struct CameraPlace {
    std::string attachment, device;
    std::vector<media::MaskPolygon> masks{}; ///< required before anything of it leaves (EXP-7)
};

/// Who approves, as registers name them.
struct Authoriser {
    std::string name, title;
};

struct Options {
    std::string site;
    std::filesystem::path drop; ///< empty: none
    std::filesystem::path hold; ///< private to the host; made when missing
    std::int64_t keep_ns = 0;       ///< what is refused or incomplete is removed after that long
    std::int64_t destroy_by_ns = 0; ///< 0: each export has to say it
    std::int64_t size_bytes_max = 0, waiting_max = 0;
    std::vector<Destination> destinations;
    std::vector<Recipient> recipients;
    std::map<std::string, Authoriser, std::less<>> authorisers; ///< by account
    std::map<std::string, CameraPlace, std::less<>> cameras;    ///< by the site's id
    sdk::TimeZone zone; ///< in which descriptions write times and days

    [[nodiscard]] const Recipient* recipient(std::string_view id) const {
        for (const Recipient& one : recipients)
            if (one.id == id)
                return &one;
        return nullptr;
    }
};

} // namespace ombud::exports
