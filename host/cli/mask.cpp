// `ombud mask`: a copy of a recording without what nobody else may see, made here and now, without the daemon.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/plugin_files.hpp"
#include "cli/progress.hpp"
#include "cli/wording.hpp"
#include "config/site.hpp"
#include "daemon/masking.hpp"
#include "media/masks/kept_region.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

std::string count_of(std::uint64_t count, const char* one, const char* many) {
    return count_words(static_cast<std::int64_t>(count), one, many);
}

std::string name_of_track(const media::Track& track) {
    return std::string(media::name_of(track.kind)) + (track.codec.empty() ? "" : "/" + track.codec);
}

object copy_json(const media::MaskedCopy& copy) {
    boost::json::array dropped;
    for (const media::DroppedTrack& one : copy.dropped)
        dropped.push_back(object{{"track", name_of_track(one.track)}, {"why", one.why}});
    boost::json::array copied;
    for (const media::Track& track : copy.copied)
        copied.push_back(boost::json::value(name_of_track(track)));
    return {{"pictures", copy.pictures},
            {"width", copy.width},
            {"height", copy.height},
            {"codec", copy.codec},
            {"copied", std::move(copied)},
            {"copied_packets", copy.copied_packets},
            {"dropped", std::move(dropped)},
            {"undecodable_packets", copy.undecodable_packets},
            {"block_px", copy.block_px},
            {"proof", object{{"pictures", copy.proof.pictures},
                             {"covered_blocks", copy.proof.covered_blocks},
                             {"worst_difference", copy.proof.worst_difference},
                             {"tolerance", copy.proof.tolerance}}}};
}

void print_copy(const Context& context, const media::MaskedCopy& copy) {
    context.terminal.out << context.text("--out") << ": " << count_of(copy.pictures, "picture", "pictures") << ", "
                         << copy.width << "x" << copy.height << " " << copy.codec << "\n"
                         << "proof: all pictures read again, at the recording's times; covered samples at most "
                         << copy.proof.worst_difference << " of 255 from what was drawn (" << copy.proof.tolerance
                         << " allowed)\n";
    for (const media::Track& track : copy.copied)
        context.terminal.out << "kept: " << name_of_track(track) << ", the same packets\n";
    for (const media::DroppedTrack& one : copy.dropped)
        context.terminal.out << "left out: " << name_of_track(one.track) << ": " << one.why << "\n";
    if (copy.undecodable_packets > 0)
        context.terminal.remark(count_of(copy.undecodable_packets, "packet", "packets") +
                                " of the recording cannot be decoded; their pictures are not in the copy");
}

/// A folder of its own that goes with the object.
class PrivateFolder {
  public:
    PrivateFolder() : path_((std::filesystem::temp_directory_path() / "ombud-mask-XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr)
            path_.clear();
    }
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    ~PrivateFolder() {
        std::error_code ignored;
        if (!path_.empty())
            std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// Everything that moves is coarsened, by the site's module.
Result<media::PixelatedCopy> pixelate(const Context& context, const config::Site& site, const config::Manifests& manifests,
                                      std::vector<media::MaskPolygon> polygons, const media::CopyOptions& copy) {
    media::PixelateOptions options;
    options.copy = copy;
    options.copy.keeps_sound_and_text = context.is_given("--keep-sound");
    options.masks = std::move(polygons);
    options.review = context.is_given("--review") ? context.text("--review") : context.text("--out") + ".review";
    for (const std::string& text : context.texts("--keep")) {
        auto region = media::parse_kept_region(text);
        if (!region)
            return fail(region.error());
        options.kept.push_back(*region);
    }
    const PrivateFolder folder;
    Names names;
    HostServices services;
    services.clock = &context.clock;
    services.names = &names;
    services.log = [&](const std::string& who, int, std::string_view message) {
        context.terminal.remark(who + ": " + std::string(message));
    };
    auto instance = daemon::make_pixelate_instance(site, manifests, context.text("--plugins"), folder.path(),
                                                   trust_folders(context), context.is_given("--dev"), services);
    if (!instance)
        return fail(instance.error());
    auto made = daemon::pixelate_with(*instance, context.text("FILE"), context.text("--out"), std::move(options));
    (*instance)->stop(); // before what it was lent goes
    return made;
}

object review_json(const media::Review& review) {
    boost::json::array sheets;
    for (const auto& sheet : review.sheets)
        sheets.push_back(boost::json::value(sheet.string()));
    boost::json::array uncovered;
    for (const media::Span& span : review.uncovered)
        uncovered.push_back(object{{"from_ns", span.from_ns}, {"to_ns", span.to_ns}});
    return {{"reviewed", false}, {"sheets", std::move(sheets)}, {"times", review.times.string()}, {"uncovered", std::move(uncovered)}};
}

void print_review(const Context& context, const media::Review& review) {
    context.terminal.out << "review: " << count_of(review.pictures, "picture", "pictures") << " of it on "
                         << count_of(review.sheets.size(), "sheet", "sheets") << ", listed in " << review.times.string() << "\n";
    for (const media::Span& span : review.uncovered)
        context.terminal.out << "nothing covered: " << static_cast<double>(span.from_ns / 1'000'000) / 1e3 << " to "
                             << static_cast<double>(span.to_ns / 1'000'000) / 1e3 << " s\n";
    context.terminal.remark("a person must look at the sheets, and at the copy, before it is given away: no program can tell that "
                            "nobody else is to be seen");
}

Exit mask(Context& context) {
    const auto quality = context.integer("--quality", 10, 30);
    if (!quality)
        return context.misused(quality.error().message);
    const bool pixelates = context.is_given("--pixelate");
    if (!pixelates && (context.is_given("--keep") || context.is_given("--keep-sound") || context.is_given("--review")))
        return context.misused("--keep, --keep-sound and --review go with --pixelate");
    for (const std::string& text : context.texts("--keep"))
        if (const auto region = media::parse_kept_region(text); !region)
            return context.misused(region.error().message);
    const auto manifests = config::read_manifests(context.text("--manifests"));
    if (!manifests)
        return context.failed(manifests.error().error());
    const auto site = config::read_site(context.text("--site"), *manifests);
    if (!site)
        return context.failed(site.error().error());
    const config::Camera* const camera = site->camera(context.text("--camera"));
    if (camera == nullptr)
        return context.failed({ErrorCode::not_found, context.text("--site") + ": there is no camera '" + context.text("--camera") + "'"});
    const auto polygons = daemon::polygons_of(*camera, daemon::WhichMasks::all);
    if (polygons.empty() && !pixelates)
        return context.failed({ErrorCode::not_found, context.text("--site") + ": camera '" + camera->id +
                                                         "' has no <mask>, so there is nothing to cover"});
    const Interrupt interrupt;
    Progress progress(context.terminal, context.clock, "mask");
    media::CopyOptions options;
    options.quality = static_cast<int>(*quality);
    options.progress = [&](double share) {
        constexpr double steps = 10'000;
        progress.update(static_cast<std::uint64_t>(share * steps), static_cast<std::uint64_t>(steps));
        return !interrupt.is_requested();
    };
    if (pixelates) {
        const auto made = pixelate(context, *site, *manifests, polygons, options);
        if (!made)
            return context.failed(made.error());
        if (context.json) {
            object answer = copy_json(made->copy);
            answer["review"] = review_json(made->review);
            context.terminal.out << boost::json::serialize(answer) << '\n';
            return Exit::done;
        }
        print_copy(context, made->copy);
        print_review(context, made->review);
        return Exit::done;
    }
    const auto copy = media::burn_masks(context.text("FILE"), context.text("--out"), polygons, options);
    if (!copy)
        return context.failed(copy.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(copy_json(*copy)) << '\n';
    else
        print_copy(context, *copy);
    return Exit::done;
}

} // namespace

Command mask_command() {
    return {"mask",
            "a copy of a recording in which a camera's masks are black, or all that moves is coarse",
            "Needs no daemon. Every picture is decoded, covered where a <mask> of the camera lies, and encoded again; sound and "
            "text stay as they are; second pictures, thumbnails and data stay behind. The copy is read again before it gets its "
            "name: when a picture is missing or shows what is covered, there is none. With --pixelate, for a person who is in the "
            "recording: everything that moves becomes a mosaic, but for what is kept, and sheets are written that somebody has "
            "to look through before the copy is given away.",
            {{"FILE", "", "the recording: MP4 or Matroska", true, false, {}, {}, Completes::file}},
            {{"--camera", "ID", "the camera that recorded it", true},
             {"--out", "FILE", "the copy; must not exist", true, false, {}, {}, Completes::file},
             {"--site", "FILE", "the site's configuration", false, false, {}, "/etc/ombud/site.xml", Completes::file},
             {"--manifests", "DIR", "manifests of the plugins", false, false, {}, OMBUD_MANIFESTS_FOLDER, Completes::folder},
             {"--pixelate", "", "coarsen what moves, as the site's module pixelate finds it, beside the masks"},
             {"--keep", "REGION", "stays visible: X,Y,WIDTH,HEIGHT as parts of the picture, with @FROM-TO in seconds for a while; may be repeated", false, true},
             {"--keep-sound", "", "sound and text come along, too, which may be of somebody else"},
             {"--review", "STEM", "the sheets are STEM-01.jpg and so on, and STEM.txt; OUT.review when not given", false, false, {}, {}, Completes::file},
             {"--plugins", "DIR", "plugins", false, false, {}, OMBUD_PLUGINS_FOLDER, Completes::folder},
             trust_option(),
             {"--dev", "", "accept a plugin that nobody signed"},
             {"--quality", "N", "of the pictures, 10 (best) to 30", false, false, {}, "18"}},
            mask};
}

} // namespace ombud::cli
