#include "gates/export/destination.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

#include "events/printable.hpp"

namespace ombud::exports {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& inner, const fs::path& outer) {
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

} // namespace

Result<Place> find_place(const std::string& wanted, uid_t asker, const Options& options, const KernelFiles& kernel) {
    const Destination* listed = nullptr;
    for (const Destination& one : options.destinations)
        if (one.id == wanted)
            listed = &one;
    const fs::path given = listed != nullptr ? listed->path : fs::path(wanted);
    const std::string shown = "destination " + printable(given.string());
    std::error_code error;
    Place place;
    place.folder = fs::canonical(given, error);
    // Whether there is anything at a path that is not the asker's, or what, is not theirs to know.
    const auto not_theirs = [&] {
        return fail(ErrorCode::refused, shown + " is none of the site's destinations, and no folder of the requester's own");
    };
    const bool may_know = listed != nullptr || asker == 0;
    if (error && !may_know)
        return not_theirs();
    if (error)
        return fail(ErrorCode::unavailable, shown + " cannot be reached: " + error.message());
    place.directory = media::Fd(::open(place.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    const bool is_folder = place.directory.is_open() && ::fstat(place.directory.get(), &status) == 0;
    if (!is_folder && !may_know)
        return not_theirs();
    if (!is_folder)
        return fail(ErrorCode::unavailable, shown + " is no folder that can be opened");
    for (const Destination& one : options.destinations) {
        const fs::path resolved = listed == &one ? place.folder : fs::canonical(one.path, error);
        if (listed == nullptr && !error && is_inside(place.folder, resolved))
            listed = &one;
    }
    if (listed == nullptr && asker != 0 && status.st_uid != asker)
        return not_theirs();
    for (const fs::path& own : {options.hold, options.drop})
        if (const fs::path resolved = fs::weakly_canonical(own, error); !own.empty() && (is_inside(place.folder, resolved)))
            return fail(ErrorCode::refused, shown + " belongs to the desk itself");

    const auto ground = ground_of(place.folder, kernel);
    if (!ground)
        return fail(ground.error());
    place.kind = ground->kind;
    place.transport = ground->words;
    if (listed == nullptr) {
        place.kind = "unlisted";
        return place;
    }
    place.id = listed->id;
    if (listed->kind != "folder" && ground->kind != listed->kind)
        return fail(ErrorCode::unavailable, shown + " is a " + listed->kind + " by the site, and what is there now is " + ground->words +
                                                "; is it mounted?");
    return place;
}

} // namespace ombud::exports
