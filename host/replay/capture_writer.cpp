#include "replay/capture_writer.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "bus/flight.hpp"
#include "replay/verdict_line.hpp"

namespace ombud::replay {
namespace {

namespace json = boost::json;

std::string reason(int error) { return std::error_code(error, std::generic_category()).message(); }

} // namespace

CaptureWriter::CaptureWriter(std::filesystem::path file, int descriptor, Pseudonyms pseudonyms, Parts parts, Bounds bounds)
    : pseudonyms_(std::move(pseudonyms)), parts_(std::move(parts)), bounds_(bounds), began_mono_ns_(parts_.clock.mono_ns()), descriptor_(descriptor) {
    status_.file = std::move(file);
}

CaptureWriter::~CaptureWriter() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

Result<std::shared_ptr<CaptureWriter>> CaptureWriter::open(const std::filesystem::path& file, const std::string& site, const std::string& timezone,
                                                           Parts parts, Bounds bounds) {
    auto pseudonyms = Pseudonyms::make();
    if (!pseudonyms)
        return fail(pseudonyms.error());
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot be made: " + reason(errno));
    auto writer = std::shared_ptr<CaptureWriter>(new CaptureWriter(file, descriptor, std::move(*pseudonyms), std::move(parts), bounds));
    const std::lock_guard lock(writer->mutex_);
    writer->write({{"ombud-capture", capture_version}, {"site", site}, {"timezone", timezone}, {"begun_utc_ns", writer->parts_.clock.utc_ns()}});
    writer->write_registers(1);
    return writer;
}

void CaptureWriter::add_module(const config::Manifest& manifest, const std::string& version, const std::string& library, json::value document,
                               bool is_limited) {
    const std::lock_guard lock(mutex_);
    auto* options = document.is_object() ? document.get_object().if_contains("options") : nullptr;
    for (const config::OptionSpec& spec : manifest.options) {
        auto* value = options != nullptr && options->is_object() ? options->get_object().if_contains(spec.name) : nullptr;
        if (value == nullptr || !value->is_string())
            continue;
        if (spec.type == config::OptionType::secret)
            *value = "(secret)";
        else if (spec.is_personal)
            *value = pseudonyms_.of_words(value->get_string());
    }
    json::error_code none;
    if (auto* locks = document.find_pointer("/site/locks", none); locks != nullptr && locks->is_array())
        for (json::value& lock_of_site : locks->get_array())
            if (auto* owner = lock_of_site.is_object() ? lock_of_site.get_object().if_contains("owner") : nullptr; owner != nullptr && owner->is_string())
                *owner = pseudonyms_.of(owner->get_string());
    json::object line{{"module", manifest.id}, {"version", version}, {"library", library}, {"document", std::move(document)}};
    if (is_limited)
        line["limited"] = true;
    write(line);
}

void CaptureWriter::write(const json::object& line) {
    if (descriptor_ < 0)
        return;
    const std::string text = json::serialize(line) + "\n";
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t wrote = ::write(descriptor_, text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) { // the host goes on: a capture is worth less than what it looks at
            failure_ = status_.file.string() + ": cannot be written: " + reason(errno);
            status_.ended_because = failure_;
            ::close(std::exchange(descriptor_, -1));
            return;
        }
        done += static_cast<std::size_t>(wrote);
    }
    status_.bytes += text.size();
}

void CaptureWriter::finish(const std::string& why) {
    if (descriptor_ < 0)
        return;
    write({{"end", status_.calls}, {"why", why}});
    if (descriptor_ < 0)
        return;
    status_.ended_because = why;
    if (::fsync(descriptor_) != 0)
        failure_ = status_.file.string() + ": cannot be written: " + reason(errno);
    ::close(std::exchange(descriptor_, -1));
}

void CaptureWriter::write_registers(std::uint64_t before) {
    const auto contents = parts_.registers();
    for (const auto& [place, content] : *contents) {
        const auto known = revisions_.find(place);
        if (known != revisions_.end() && known->second == content->revision)
            continue;
        revisions_[place] = content->revision;
        const registers::Declaration& declared = *content->declaration;
        json::array fields, records;
        for (const registers::Field& field : declared.fields)
            fields.push_back({{"name", field.name}, {"personal", field.personal}});
        for (const registers::RecordRef& record : content->records) {
            json::object values;
            for (const auto& [name, value] : record->values) {
                if (value.erased)
                    continue;
                const auto* field = declared.field(name);
                if (const auto* number = std::get_if<std::int64_t>(&value.typed))
                    values[name] = *number;
                else
                    values[name] = field != nullptr && field->personal ? pseudonyms_.of(std::get<std::string>(value.typed))
                                                                       : std::get<std::string>(value.typed);
            }
            json::object one{{"key", declared.key_personal ? pseudonyms_.of(record->key) : record->key},
                             {"changed_utc_ns", record->changed_utc_ns},
                             {"values", std::move(values)}};
            if (!record->corrects.empty())
                one["corrects"] = record->corrects;
            records.push_back(std::move(one));
        }
        write({{"register", json::array{place.first, place.second}}, {"before", before}, {"key_personal", declared.key_personal},
               {"append_only", declared.append_only}, {"fields", std::move(fields)}, {"records", std::move(records)}});
    }
}

void CaptureWriter::launching(std::uint64_t call_id) {
    const std::lock_guard lock(mutex_);
    if (descriptor_ < 0 || launched_ >= bounds_.calls_max)
        return;
    const std::uint64_t number = ++launched_;
    write_registers(number);
    under_way_[call_id] = {number, parts_.clock.utc_ns(), parts_.clock.mono_ns() - began_mono_ns_};
}

json::object CaptureWriter::disguised(const Event& event) {
    json::object whole = event_json(event, parts_.names);
    for (json::value& value : whole["fields"].as_array()) {
        json::object& field = value.as_object();
        if (!field.contains("personal"))
            continue;
        if (field.contains("text"))
            field["text"] = pseudonyms_.of(field["text"].as_string());
        else // a number or bytes of a person: nothing keeps their shape
            for (const char* kind : {"i64", "u64", "f64", "bytes"})
                if (field.contains(kind))
                    field[kind] = std::string_view(kind) == "bytes" ? json::value("") : json::value(0);
    }
    return whole;
}

void CaptureWriter::landed(const Flight& flight, const Judgement& judgement) {
    const std::lock_guard lock(mutex_);
    const auto found = under_way_.find(flight.call_id());
    if (found == under_way_.end())
        return;
    const Launched launched = found->second;
    under_way_.erase(found);
    json::object answers;
    for (const Answer& answer : judgement.answers)
        answers[answer.module] = answer.fault ? fault_line(*answer.fault) : verdict_line(answer.verdict, parts_.names);
    const bool is_event = flight.what().event->seq() != 0;
    json::object line{{"call", launched.number}, {"utc_ns", launched.utc_ns}, {"mono_ns", launched.mono_ns}, {"hook", is_event ? 0 : flight.hook()},
                      {"flags", flight.flags()}, {"attachment", flight.what().attachment}, {"event", disguised(*flight.what().event)},
                      {"answers", std::move(answers)}};
    write(line);
    ++status_.calls;
    if (!under_way_.empty())
        return; // what is under way comes in whole, even past a bound
    if (launched_ >= bounds_.calls_max)
        finish("it holds " + std::to_string(bounds_.calls_max) + " calls, as many as were asked for");
    else if (status_.bytes >= bounds_.bytes_max)
        finish("it holds " + std::to_string(status_.bytes) + " bytes, and larger ones are not read");
}

CaptureWriter::Status CaptureWriter::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

Result<CaptureWriter::Status> CaptureWriter::end(const std::string& why) {
    const std::lock_guard lock(mutex_);
    finish(why);
    if (!failure_.empty())
        return fail(ErrorCode::unavailable, failure_);
    return status_;
}

} // namespace ombud::replay
