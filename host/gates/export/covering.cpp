// What nobody else may see is covered before an export is judged (EXP-7, EXP-13).
#include <algorithm>

#include "events/printable.hpp"
#include "gates/export/content.hpp"
#include "gates/export/work.hpp"
#include "media/masks/kept_region.hpp"
#include "media/masks/masked_copy.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::exports {

/// What is to be covered in the files of an export.
struct Work::Wanted {
    std::string masks, masks_note;                       ///< as Export's, if all of it can be done
    std::vector<std::vector<media::MaskPolygon>> polygons; ///< of each file
    bool pixelates = false, pixelates_by_demand = false;   ///< demanded of this export; else its recipient's class does
    std::vector<media::KeptRegion> kept;
};

namespace {

constexpr std::string_view data_subject = "data-subject";

/// What covers it differently has another name, so a copy with the masks or regions of before is not taken for one with those of now.
std::string covered_name(std::size_t file, const std::vector<media::MaskPolygon>& masks, bool pixelates, const std::vector<std::string>& kept) {
    std::string all;
    for (const media::MaskPolygon& mask : masks) {
        all += mask.id;
        for (const media::PicturePoint& point : mask.points)
            all += " " + std::to_string(point.x) + "," + std::to_string(point.y);
        all += "\n";
    }
    if (pixelates) {
        all += "pixelated";
        for (const std::string& region : kept)
            all += "\n" + region;
    }
    return std::to_string(file) + "." + signing::hex(signing::sha256(all)).substr(0, 16);
}

std::string count_words(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string kept_words(std::size_t count) { return count == 0 ? "nothing kept" : "but for " + count_words(count, "kept region", "kept regions"); }

/// What an interruption left under a copy's name, and its sheets: nothing in the table tells of them.
void remove_unfinished(const std::filesystem::path& copy) {
    std::error_code ignored;
    const std::string name = copy.filename().string();
    std::vector<std::filesystem::path> left;
    for (const auto& file : std::filesystem::directory_iterator(copy.parent_path(), ignored))
        if (file.path().filename() == name || file.path().filename().string().starts_with(name + "."))
            left.push_back(file.path());
    for (const auto& file : left)
        std::filesystem::remove(file, ignored);
}

} // namespace

Work::Wanted Work::wanted_of(const Export& one, const Options& options) const {
    const Description& said = one.description;
    const auto masks_of = [&](const std::string& camera) {
        const auto found = options.cameras.find(camera);
        return found == options.cameras.end() ? std::vector<media::MaskPolygon>{} : found->second.masks;
    };
    Wanted wanted;
    wanted.polygons.resize(one.files.size());
    std::size_t masks = 0;
    std::string masked;
    for (const std::string& camera : said.cameras)
        if (const auto count = masks_of(camera).size(); count > 0) {
            masks += count;
            masked += (masked.empty() ? "" : ", ") + camera;
        }
    if (masked.empty()) {
        wanted.masks = "none";
    } else if (!said.unmasked.empty()) {
        wanted.masks = "lifted";
        wanted.masks_note = count_words(masks, "mask of ", "masks of ") + masked + ": " + said.unmasked;
    } else if (said.cameras.size() != 1 && said.file_cameras.size() != one.files.size()) {
        wanted.masks = "missing";
        wanted.masks_note = said.file_cameras.empty()
                                ? masked + " of several cameras has masks: say which file shows which, with --file-camera, or hand its files in alone"
                                : "--file-camera names " + count_words(said.file_cameras.size(), "camera", "cameras") + " for " +
                                      count_words(one.files.size(), "file", "files") + "; name one for each, in their order";
    } else {
        wanted.masks = "applied";
        wanted.masks_note = count_words(masks, "mask of ", "masks of ") + masked;
        for (std::size_t i = 0; i < one.files.size(); ++i)
            wanted.polygons[i] = masks_of(said.cameras.size() == 1 ? said.cameras.front() : said.file_cameras[i]);
    }
    const Recipient* to = options.recipient(said.recipient);
    wanted.pixelates_by_demand = said.pixelate || !said.kept.empty();
    wanted.pixelates = wanted.pixelates_by_demand || (to != nullptr && to->recipient_class == data_subject);
    for (const std::string& text : said.kept)
        if (const auto region = media::parse_kept_region(text)) // as it was described
            wanted.kept.push_back(*region);
    return wanted;
}

std::string Work::covered_as(const Export& one, std::size_t file, const Wanted& wanted) {
    if (wanted.polygons[file].empty() && !wanted.pixelates)
        return {};
    return covered_name(file, wanted.polygons[file], wanted.pixelates, wanted.pixelates ? one.description.kept : std::vector<std::string>{});
}

Result<void> Work::cover_file(const Options& options, Export& next, std::size_t index, const Wanted& wanted) {
    HeldFile& file = next.files[index];
    const auto& polygons = wanted.polygons[index];
    const std::string name = covered_as(next, index, wanted);
    if (file.covered == name)
        return {};
    const auto source = folder_of(options, next) / std::to_string(index), target = folder_of(options, next) / name;
    remove_unfinished(target);
    const auto progress = [this, index](double share) {
        const std::lock_guard lock(mutex_);
        if (covering_) {
            covering_->file = index;
            covering_->share = share;
        }
        return may_cover();
    };
    Result<void> made;
    if (wanted.pixelates) {
        media::PixelateOptions how;
        how.copy.progress = progress;
        how.kept = wanted.kept;
        how.masks = polygons;
        how.review = target.string() + ".review";
        if (auto copy = parts_.pixelate(source, target, std::move(how)); !copy)
            made = fail(copy.error());
    } else {
        media::CopyOptions how;
        how.progress = progress;
        if (auto copy = media::burn_masks(source, target, polygons, how); !copy)
            made = fail(copy.error());
    }
    if (!made && made.error().code != ErrorCode::cancelled && made.error().code != ErrorCode::unavailable &&
        made.error().code != ErrorCode::not_found) // that speaks of the site, not of the file
        return fail(Error(made.error()).within(file.name));
    if (!made)
        return made;
    if (auto looked = look_into(target, file, parts_.clock, [this] { return may_cover(); }); !looked)
        return looked;
    file.covered = name;
    return {};
}

Result<void> Work::uncover_file(const Options& options, Export& next, std::size_t index) {
    HeldFile& file = next.files[index];
    if (file.covered.empty())
        return {};
    file.covered.clear(); // masks, a camera or a recipient were named before
    return look_into(path_of(options, next, index), file, parts_.clock, [this] { return may_cover(); });
}

bool Work::has_to_cover(const Export& one) const {
    const auto now = options();
    const Wanted wanted = wanted_of(one, *now);
    for (std::size_t i = 0; i < one.files.size(); ++i)
        if (one.files[i].covered != covered_as(one, i, wanted))
            return true;
    return false;
}

void Work::hand_over(const Export& one) {
    const std::lock_guard lock(mutex_);
    if (covering_)
        return; // when that is done, this thread is woken
    covering_ = Covering{one.id, 0, one.files.size(), 0};
    covering_as_ = to_stored(one);
    covering_ends_ = false;
    handed_over_.notify_all();
}

bool Work::is_handed_over(const Export& one) {
    const std::lock_guard lock(mutex_);
    if (!covering_ || covering_->id != one.id)
        return false;
    if (to_stored(one) != covering_as_)
        covering_ends_ = true; // withdrawn, or described anew: nobody wants what is being made
    return true;
}

std::optional<Covering> Work::covering() const {
    const std::lock_guard lock(mutex_);
    return covering_;
}

// As far as it takes to have it judged: what leaves is for the other thread again.
void Work::run_covering() {
    std::unique_lock lock(mutex_);
    for (;;) {
        handed_over_.wait(lock, [this] { return covering_ || !may_go_on(); });
        if (!may_go_on())
            return;
        const std::int64_t id = covering_->id;
        lock.unlock();
        for (bool moved = true; moved && may_go_on();) {
            const auto now = find(id);
            if (!now || (now->state != State::judging && now->state != State::approved && now->state != State::blocked))
                break;
            lock.lock();
            covering_as_ = to_stored(*now);
            covering_ends_ = false;
            lock.unlock();
            moved = take_step(*now);
        }
        lock.lock();
        covering_.reset();
        wake();
    }
}

Work::Stepped Work::cover(const Export& one) {
    const auto now = options();
    Export next = one;
    Wanted wanted = wanted_of(one, *now);
    const auto cover_all = [&]() -> Result<void> {
        next.masks = wanted.masks;
        next.masks_note = wanted.masks_note;
        for (std::size_t i = 0; i < next.files.size(); ++i) {
            const bool as_it_came = covered_as(next, i, wanted).empty();
            if (auto done = as_it_came ? uncover_file(*now, next, i) : cover_file(*now, next, i, wanted); !done)
                return done;
        }
        return {};
    };
    const auto held_up = [&](const Error& why) -> Stepped {
        if (why.code == ErrorCode::cancelled)
            return fail(why);
        auto blocked = block(one, why);
        return blocked ? Stepped(Moved::yes) : blocked;
    };
    const auto may_pass = [](const Error& why) { return why.code == ErrorCode::cancelled || why.code == ErrorCode::unavailable; };

    // A region is of one file's picture and times.
    Result<void> covered = !wanted.kept.empty() && one.files.size() != 1
                               ? Result<void>(fail(ErrorCode::invalid_input, "a kept region belongs to one file, and there are " +
                                                                                 std::to_string(one.files.size()) + ": hand each in alone"))
                               : cover_all();
    next.pixelated = wanted.pixelates && covered.has_value();
    next.pixelated_note = next.pixelated ? kept_words(wanted.kept.size()) : std::string{};
    if (!covered && wanted.pixelates) {
        if (may_pass(covered.error()))
            return held_up(covered.error());
        next.pixelated_note = "cannot be pixelated: " + printable(covered.error().message);
        if (wanted.pixelates_by_demand) { // whoever demanded it does not want it to leave otherwise, whatever modules say
            auto refused = hold(one, next, State::refused, next.pixelated_note, "EXP-13");
            return refused ? Stepped(Moved::yes) : refused;
        }
        wanted.pixelates = false;
        covered = cover_all();
    }
    if (!covered) {
        if (may_pass(covered.error()))
            return held_up(covered.error());
        next.masks = "missing";
        next.masks_note = printable(covered.error().message);
    }
    if (to_stored(next) == to_stored(one))
        return Moved::no;
    next.approver.reset(); // whoever approved did not see it like this
    auto changed = change(one, std::move(next));
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

} // namespace ombud::exports
