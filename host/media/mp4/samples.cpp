#include "media/mp4/samples.hpp"

namespace ombud::media {

namespace {

constexpr std::uint32_t trimmed_samples_max = 16'000'000; // 8 days of 48 kHz AAC in one file

/// The entries of a full box that begins with a 32-bit count.
/// @param count_at  where in the body the count stands
Result<std::span<const std::uint8_t>> entries(const Box& box, std::size_t count_at, std::size_t entry_bytes) {
    const auto body = box.body();
    if (body.size() < count_at + 4)
        return fail(ErrorCode::corrupt, "box " + box.name() + " is too short");
    const std::uint64_t count = be32(body, count_at);
    const auto rest = body.subspan(count_at + 4);
    if (count * entry_bytes > rest.size())
        return fail(ErrorCode::corrupt, "box " + box.name() + " says it has " + std::to_string(count) +
                                            " entries, and there is room for " + std::to_string(rest.size() / entry_bytes));
    return rest.first(count * entry_bytes);
}

Result<> read_into(std::span<const std::uint8_t>& table, const std::vector<Box>& boxes, std::uint32_t type,
                   std::size_t count_at, std::size_t entry_bytes) {
    const Box* box = find_box(boxes, type);
    if (box == nullptr)
        return {};
    auto found = entries(*box, count_at, entry_bytes);
    if (!found)
        return fail(found.error());
    table = *found;
    return {};
}

} // namespace

Result<SampleTable> SampleTable::parse(const Box& stbl) {
    auto boxes = child_boxes(stbl);
    if (!boxes)
        return fail(boxes.error());
    if (find_box(*boxes, fourcc("saio")) != nullptr)
        return fail(ErrorCode::refused, "box " + stbl.name() + " points at auxiliary data (saio), as encrypted files do");
    SampleTable table;
    const Box* sizes = find_box(*boxes, fourcc("stsz"));
    const Box* offsets = find_box(*boxes, fourcc("stco"));
    if (offsets == nullptr) {
        offsets = find_box(*boxes, fourcc("co64"));
        table.offset_width_ = 8;
    }
    for (const std::uint32_t type : {fourcc("stts"), fourcc("stsc")})
        if (find_box(*boxes, type) == nullptr)
            return fail(ErrorCode::corrupt, "box " + stbl.name() + " has no " + (type == fourcc("stts") ? "stts" : "stsc"));
    if (sizes == nullptr && find_box(*boxes, fourcc("stz2")) != nullptr)
        return fail(ErrorCode::refused, "box " + stbl.name() + " uses compact sample sizes (stz2)");
    if (sizes == nullptr || offsets == nullptr)
        return fail(ErrorCode::corrupt, "box " + stbl.name() + " has no " + (sizes == nullptr ? "stsz" : "stco"));
    if (sizes->body().size() < 12)
        return fail(ErrorCode::corrupt, "box " + sizes->name() + " is too short");
    table.uniform_size_ = be32(sizes->body(), 4);
    table.sample_count_ = be32(sizes->body(), 8);
    table.has_sync_ = find_box(*boxes, fourcc("stss")) != nullptr;

    if (table.uniform_size_ == 0)
        if (auto done = read_into(table.sizes_, *boxes, fourcc("stsz"), 8, 4); !done)
            return fail(done.error());
    if (auto done = read_into(table.chunk_offsets_, *boxes, offsets->type, 4, table.offset_width_); !done)
        return fail(done.error());
    table.chunk_offsets_at_ = offsets->body_offset() + 8;
    struct Row { std::span<const std::uint8_t>& entries; std::uint32_t type; std::size_t entry_bytes; };
    for (const Row& row : {Row{table.durations_, fourcc("stts"), 8}, Row{table.compositions_, fourcc("ctts"), 8},
                           Row{table.sync_, fourcc("stss"), 4}, Row{table.runs_, fourcc("stsc"), 12}})
        if (auto done = read_into(row.entries, *boxes, row.type, 4, row.entry_bytes); !done)
            return fail(done.error());
    return table;
}

Result<> SampleTable::for_each_chunk(const std::function<void(const Chunk&)>& visit) const {
    const std::uint32_t chunks = static_cast<std::uint32_t>(chunk_offsets_.size() / offset_width_);
    const std::size_t runs = runs_.size() / 12;
    std::size_t run = 0;
    std::uint64_t sample = 0;
    for (std::uint32_t i = 0; i < chunks; ++i) {
        while (run + 1 < runs && be32(runs_, (run + 1) * 12) <= i + 1)
            ++run;
        if (runs == 0 || be32(runs_, run * 12) > i + 1)
            return fail(ErrorCode::corrupt, "the table of chunks (stsc) does not cover chunk " + std::to_string(i + 1));
        Chunk chunk;
        chunk.field_offset = chunk_offsets_at_ + std::uint64_t{i} * offset_width_;
        chunk.offset = read_big_endian(chunk_offsets_.subspan(std::size_t{i} * offset_width_, offset_width_));
        chunk.first_sample = static_cast<std::uint32_t>(sample);
        chunk.samples = be32(runs_, run * 12 + 4);
        if (chunk.samples > sample_count_ - sample)
            return fail(ErrorCode::corrupt, "the table of chunks (stsc) names more samples than the " +
                                                std::to_string(sample_count_) + " of stsz, from chunk " + std::to_string(i + 1));
        if (uniform_size_ != 0)
            chunk.length_bytes = std::uint64_t{uniform_size_} * chunk.samples;
        else
            for (std::uint32_t s = 0; s < chunk.samples; ++s)
                chunk.length_bytes += size_of(chunk.first_sample + s);
        sample += chunk.samples;
        visit(chunk);
    }
    // Samples without a chunk have no bytes, and so nothing of them could be removed or proven.
    if (sample != sample_count_)
        return fail(ErrorCode::corrupt, std::to_string(sample_count_ - sample) + " samples of stsz lie in no chunk");
    return {};
}

Result<std::vector<SampleTable::Time>> SampleTable::times() const {
    if (sample_count_ > trimmed_samples_max)
        return fail(ErrorCode::refused, std::to_string(sample_count_) + " samples in one track; at most " +
                                            std::to_string(trimmed_samples_max) + " can be told apart by time");
    std::vector<Time> times(sample_count_);
    std::size_t sample = 0;
    std::int64_t decode = 0;
    for (std::size_t at = 0; at < durations_.size(); at += 8)
        for (std::uint32_t n = be32(durations_, at); n > 0 && sample < times.size(); --n, ++sample) {
            times[sample].decode = decode;
            times[sample].duration = be32(durations_, at + 4);
            decode += times[sample].duration;
        }
    if (sample != times.size())
        return fail(ErrorCode::corrupt, "stts gives a time to " + std::to_string(sample) + " of " +
                                            std::to_string(times.size()) + " samples");
    sample = 0;
    for (std::size_t at = 0; at < compositions_.size(); at += 8)
        for (std::uint32_t n = be32(compositions_, at); n > 0 && sample < times.size(); --n, ++sample)
            times[sample].presentation_delta = static_cast<std::int32_t>(be32(compositions_, at + 4));
    if (!compositions_.empty() && sample != times.size())
        return fail(ErrorCode::corrupt, "ctts does not cover all samples");
    return times;
}

std::optional<std::vector<std::uint32_t>> SampleTable::sync_samples() const {
    if (!has_sync_)
        return std::nullopt;
    std::vector<std::uint32_t> numbers;
    for (std::size_t at = 0; at < sync_.size(); at += 4)
        if (const std::uint32_t number = be32(sync_, at); number > 0)
            numbers.push_back(number - 1);
    return numbers;
}

std::uint32_t SampleTable::description_of(std::uint32_t chunk) const {
    std::uint32_t description = 1;
    for (std::size_t at = 0; at < runs_.size() && be32(runs_, at) <= chunk + 1; at += 12)
        description = be32(runs_, at + 8);
    return description;
}

} // namespace ombud::media
