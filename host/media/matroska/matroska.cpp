#include "media/matroska/matroska.hpp"

#include <algorithm>
#include <set>

#include "media/matroska/outline.hpp"

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;

namespace id = matroska_id;

class Surgeon {
  public:
    Surgeon(EbmlReader& reader, const MatroskaOutline& outline, const Rules& rules)
        : reader_(reader), outline_(outline), rules_(rules) {}

    Result<Surgery> plan() {
        if (auto ok = cut_tracks(); !ok)
            return fail(ok.error());
        for (const Element& element : outline_.level_one)
            if (element.id == id::cluster)
                if (auto ok = cut_blocks(element); !ok)
                    return fail(ok.error());
        for (const Element& element : outline_.level_one)
            if (auto ok = follow_up(element); !ok)
                return fail(ok.error());
        if (surgery_.cuts.empty())
            return Surgery{};
        resize(outline_.segment);
        return std::move(surgery_);
    }

  private:
    void resize(const Element& element) {
        if (auto size = size_relocation(element))
            surgery_.relocations.push_back(*size);
    }
    [[nodiscard]] bool is_gone(std::uint64_t track) const {
        const auto rule = rules_.find(static_cast<std::uint32_t>(track));
        return rule != rules_.end() && rule->second.keep == Keep::none;
    }
    void drop_checksum(const Element& child) {
        if (child.id != id::crc32)
            return;
        Bytes filler = void_header(child.range().length);
        filler.resize(child.range().length);
        surgery_.patches.push_back({child.offset, std::move(filler)});
    }

    Result<> cut_tracks() {
        for (const MatroskaTrack& track : outline_.tracks) {
            if (!rules_.contains(track.as_listed.id))
                return fail(ErrorCode::refused, "track " + std::to_string(track.as_listed.id) + " has no rule");
            if (is_gone(track.as_listed.id)) {
                surgery_.cuts.push_back(cut_element(track.entry));
                gone_uids_.insert(track.uid);
            }
        }
        for (std::size_t i = 0; i < outline_.attachments.size(); ++i)
            if (is_gone(attachment_id_base + i))
                surgery_.cuts.push_back(cut_element(outline_.attachments[i]));
        return {};
    }

    /// Whether a block (its first bytes are given) stays.
    Result<bool> keeps(std::span<const std::uint8_t> head, std::int64_t cluster_ticks, const Element& element) const {
        const auto number = parse_vint(head);
        if (!number || head.size() < number->width_bytes + 3U)
            return fail(ErrorCode::corrupt, element.name() + ": a block is cut off");
        const auto rule = rules_.find(static_cast<std::uint32_t>(number->value));
        if (number->value >= attachment_id_base || rule == rules_.end())
            return fail(ErrorCode::corrupt, element.name() + ": a block of track " + std::to_string(number->value) +
                                                ", which the file does not announce");
        const std::int64_t ticks = cluster_ticks + static_cast<std::int16_t>(be16(head, number->width_bytes));
        return rule->second.keeps(ticks_to_ns(ticks, static_cast<std::int64_t>(outline_.timestamp_scale_ns), 1'000'000'000));
    }

    Result<> cut_blocks(const Element& cluster) {
        std::int64_t ticks = 0;
        const std::size_t cuts_before = surgery_.cuts.size();
        std::vector<Element> checksums;
        auto walked = reader_.for_each_child(cluster, [&](const Element& child) -> Result<> {
            if (child.id == id::encrypted_block)
                return fail(ErrorCode::refused, child.name() + " is encrypted");
            if (child.id == id::crc32)
                checksums.push_back(child);
            if (child.id == id::cluster_timestamp) {
                auto number = reader_.number(child);
                if (!number)
                    return fail(number.error());
                if (*number > std::uint64_t{1} << 60)
                    return fail(ErrorCode::corrupt, child.name() + ": the time is out of range");
                ticks = static_cast<std::int64_t>(*number);
            }
            if (child.id == id::cluster_position)
                surgery_.relocations.push_back({child.data_offset(), static_cast<std::uint8_t>(child.data_bytes),
                                                Relocation::Encoding::big_endian, outline_.segment.data_offset(),
                                                cluster.offset});
            if (child.id == id::prev_size && previous_cluster_)
                surgery_.relocations.push_back({child.data_offset(), static_cast<std::uint8_t>(child.data_bytes),
                                                Relocation::Encoding::big_endian, previous_cluster_->offset,
                                                previous_cluster_->end()});
            if ((child.id == id::cluster_position || child.id == id::prev_size) &&
                (child.data_bytes == 0 || child.data_bytes > 8))
                return fail(ErrorCode::corrupt, child.name() + " is too long for a number");
            return consider_block(child, ticks);
        });
        if (!walked)
            return fail(walked.error());
        previous_cluster_ = cluster;
        resize(cluster);
        if (surgery_.cuts.size() > cuts_before)
            for (const Element& checksum : checksums)
                drop_checksum(checksum);
        return {};
    }

    Result<> consider_block(const Element& child, std::int64_t ticks) {
        Element block = child;
        if (child.id == id::block_group) {
            block.id = 0;
            auto walked = reader_.for_each_child(child, [&](const Element& part) -> Result<> {
                if (part.id == id::block)
                    block = part;
                return {};
            });
            if (!walked)
                return fail(walked.error());
            if (block.id == 0)
                return fail(ErrorCode::corrupt, child.name() + ": a group without its block");
        } else if (child.id != id::simple_block) {
            return {};
        }
        auto head = reader_.head_of(block, 12);
        if (!head)
            return fail(head.error());
        auto stays = keeps(*head, ticks, child);
        if (!stays)
            return fail(stays.error());
        if (!*stays) {
            surgery_.cuts.push_back(cut_element(child));
            gone_blocks_.insert(child.offset);
            ++surgery_.removed_packets;
        }
        return {};
    }

    /// Makes true again what the other elements say about what was cut.
    Result<> follow_up(const Element& element) {
        const std::size_t cuts_before = surgery_.cuts.size();
        std::vector<Element> checksums;
        auto walked = Result<std::uint64_t>(0);
        if (element.id == id::cluster)
            return {};
        if (element.id == id::seek_head || element.id == id::cues || element.id == id::tags ||
            element.id == id::tracks || element.id == id::attachments)
            walked = reader_.for_each_child(element, [&](const Element& child) -> Result<> {
                if (child.id == id::crc32)
                    checksums.push_back(child);
                if (child.id == id::seek)
                    return move_seek(child);
                if (child.id == id::cue_point)
                    return move_cue(child);
                return child.id == id::tag ? cut_tag(child) : Result<>{};
            });
        if (!walked)
            return fail(walked.error());
        const bool lost_something = surgery_.cuts.size() > cuts_before || element.id == id::seek_head ||
                                    element.id == id::cues || element.id == id::tracks || element.id == id::attachments;
        if (lost_something && !surgery_.cuts.empty())
            for (const Element& checksum : checksums)
                drop_checksum(checksum);
        if (element.id == id::cues || element.id == id::tags || element.id == id::tracks || element.id == id::attachments)
            resize(element);
        return {};
    }

    /// A number that says how far into the segment an element stands.
    Result<> move_position(const Element& field, std::uint64_t base) {
        auto position = reader_.number(field);
        if (!position)
            return fail(position.error());
        if (field.data_bytes == 0 || *position > reader_.source().size() - base)
            return fail(ErrorCode::corrupt, field.name() + ": it points past the end of the file");
        surgery_.relocations.push_back({field.data_offset(), static_cast<std::uint8_t>(field.data_bytes),
                                        Relocation::Encoding::big_endian, base, base + *position});
        return {};
    }

    Result<> move_seek(const Element& seek) {
        auto walked = reader_.for_each_child(seek, [&](const Element& child) -> Result<> {
            return child.id == id::seek_position ? move_position(child, outline_.segment.data_offset()) : Result<>{};
        });
        return walked ? Result<>{} : fail(walked.error());
    }

    Result<> move_cue(const Element& point) {
        std::size_t left = 0;
        std::vector<Cut> gone;
        const std::size_t relocations_before = surgery_.relocations.size();
        auto walked = reader_.for_each_child(point, [&](const Element& positions) -> Result<> {
            if (positions.id != id::cue_track_positions)
                return {};
            auto stays = move_cue_positions(positions);
            if (!stays)
                return fail(stays.error());
            if (*stays)
                ++left;
            else
                gone.push_back(cut_element(positions));
            return {};
        });
        if (!walked)
            return fail(walked.error());
        if (left == 0 && !gone.empty()) {
            surgery_.relocations.resize(relocations_before);
            surgery_.cuts.push_back(cut_element(point));
            return {};
        }
        if (!gone.empty())
            resize(point);
        surgery_.cuts.insert(surgery_.cuts.end(), gone.begin(), gone.end());
        return {};
    }

    /// Whether a cue still leads to a block; if so, its positions are moved along.
    Result<bool> move_cue_positions(const Element& positions) {
        bool stays = true;
        std::optional<Element> cluster_field;
        std::optional<Element> block_field;
        auto walked = reader_.for_each_child(positions, [&](const Element& child) -> Result<> {
            if (child.id == id::cue_cluster_position)
                cluster_field = child;
            if (child.id == id::cue_relative_position)
                block_field = child;
            if (child.id != id::cue_track)
                return {};
            auto track = reader_.number(child);
            if (!track)
                return fail(track.error());
            stays = !is_gone(*track);
            return {};
        });
        if (!walked)
            return fail(walked.error());
        if (!stays || !cluster_field)
            return false;
        const std::uint64_t base = outline_.segment.data_offset();
        auto cluster_position = reader_.number(*cluster_field);
        if (!cluster_position)
            return fail(cluster_position.error());
        const auto cluster =
            std::lower_bound(outline_.level_one.begin(), outline_.level_one.end(), *cluster_position,
                             [&](const Element& e, std::uint64_t position) { return e.offset - base < position; });
        if (cluster == outline_.level_one.end() || cluster->offset != base + *cluster_position)
            return false; // a cue that leads nowhere helps nobody
        if (block_field) {
            auto block_position = reader_.number(*block_field);
            if (!block_position)
                return fail(block_position.error());
            if (gone_blocks_.contains(cluster->data_offset() + *block_position))
                return false;
            if (auto ok = move_position(*block_field, cluster->data_offset()); !ok)
                return fail(ok.error());
        }
        if (auto ok = move_position(*cluster_field, base); !ok)
            return fail(ok.error());
        return true;
    }

    Result<> cut_tag(const Element& tag) {
        bool names_gone = false;
        auto walked = reader_.for_each_child(tag, [&](const Element& child) -> Result<> {
            if (child.id != id::targets)
                return {};
            auto inner = reader_.for_each_child(child, [&](const Element& target) -> Result<> {
                if (target.id != id::tag_track_uid)
                    return {};
                auto uid = reader_.number(target);
                if (!uid)
                    return fail(uid.error());
                names_gone = names_gone || gone_uids_.contains(*uid);
                return {};
            });
            return inner ? Result<>{} : fail(inner.error());
        });
        if (!walked)
            return fail(walked.error());
        if (names_gone)
            surgery_.cuts.push_back(cut_element(tag));
        return {};
    }

    EbmlReader& reader_;
    const MatroskaOutline& outline_;
    const Rules& rules_;
    Surgery surgery_;
    std::set<std::uint64_t> gone_uids_;
    std::set<std::uint64_t> gone_blocks_;
    std::optional<Element> previous_cluster_;
};

} // namespace

bool looks_like_matroska(std::span<const std::uint8_t> head) {
    return head.size() >= 4 && be32(head, 0) == id::ebml;
}

Result<std::vector<ContainerTrack>> list_matroska_tracks(const ByteSource& source) {
    EbmlReader reader(source);
    auto outline = read_matroska_outline(reader);
    if (!outline)
        return fail(outline.error());
    std::vector<ContainerTrack> tracks;
    for (const MatroskaTrack& track : outline->tracks)
        tracks.push_back(track.as_listed);
    for (std::size_t i = 0; i < outline->attachments.size(); ++i)
        tracks.push_back({attachment_id_base + static_cast<std::uint32_t>(i), false, {}, {}});
    return tracks;
}

Result<Surgery> plan_matroska_surgery(const ByteSource& source, const Rules& rules) {
    EbmlReader reader(source);
    auto outline = read_matroska_outline(reader);
    if (!outline)
        return fail(outline.error());
    return Surgeon(reader, *outline, rules).plan();
}

} // namespace ombud::media
