#include "seal/manifest.hpp"

#include "ledger/timestamp.hpp"
#include "signing/encoding.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace ombud::seal {
namespace {

std::string in_quotes(std::string_view text) {
    return boost::json::serialize(boost::json::string(text));
}

/// What sha256sum --check reads.
std::string sum(const signing::Digest& sha256, const std::string& name) {
    return in_quotes(signing::hex(sha256) + "  " + name);
}

/// Members of an object, each on a line of its own.
class Lines {
  public:
    explicit Lines(std::string& text) : text_(text) {}

    void open(std::string_view key, char bracket) {
        begin(key);
        text_ += bracket;
        is_first_ = true;
        indent_ += "  ";
    }
    void close(char bracket) {
        indent_.resize(indent_.size() - 2);
        text_ += '\n' + indent_ + bracket;
        is_first_ = false;
    }
    void add(std::string_view key, const std::string& json) {
        begin(key);
        text_ += json;
    }
    void add_text(std::string_view key, std::string_view text) { add(key, in_quotes(text)); }
    void add_time(std::string_view key, std::int64_t utc_ns) { add_text(key, ledger::format_utc(utc_ns)); }

  private:
    void begin(std::string_view key) {
        text_ += is_first_ ? "\n" : ",\n";
        text_ += indent_;
        is_first_ = false;
        if (!key.empty())
            text_ += in_quotes(key) + ": ";
    }

    std::string& text_;
    std::string indent_ = "  ";
    bool is_first_ = true;
};

void write_facts(Lines& lines, const Facts& facts) {
    lines.add_text("export", facts.export_id);
    lines.add_text("site", facts.site);
    lines.open("cameras", '[');
    for (const Camera& camera : facts.cameras)
        lines.add("", "{\"id\": " + in_quotes(camera.id) + ", \"name\": " + in_quotes(camera.name) + "}");
    lines.close(']');
    lines.add_time("begin", facts.begin_utc_ns);
    lines.add_time("end", facts.end_utc_ns);
    lines.add_text("reason", facts.reason);
    lines.add_text("legal_ground", facts.legal_ground);
    lines.add_text("requester", facts.requester);
    lines.add_text("approver", facts.approver);
    lines.open("recipient", '{');
    lines.add_text("name", facts.recipient.name);
    lines.add_text("organisation", facts.recipient.organisation);
    lines.add_text("class", facts.recipient.recipient_class);
    lines.close('}');
    lines.add_text("destination", facts.destination);
    facts.destroy_by_utc_ns == 0 ? lines.add("destroy_by", "null")
                                 : lines.add_time("destroy_by", facts.destroy_by_utc_ns);
    lines.add_text("masks", facts.masks);
}

void write_file(Lines& lines, const ManifestFile& file, std::size_t number) {
    lines.open("", '{');
    lines.add_text("name", file.name);
    lines.add("size", std::to_string(file.plain_bytes));
    lines.add("sum", sum(file.sha256, plain_name(number)));
    lines.open("parts", '[');
    for (std::size_t i = 0; i < file.parts.size(); ++i) {
        const ManifestPart& part = file.parts[i];
        lines.open("", '{');
        lines.add("size", std::to_string(part.sealed_bytes));
        lines.add("plain_size", std::to_string(part.plain_bytes));
        lines.add("sum", sum(part.sha256, part_name(number, i + 1)));
        lines.add_text("wrapping", signing::hex(part.wrapping_sha256));
        lines.close('}');
    }
    lines.close(']');
    lines.close('}');
}

} // namespace

std::string write_manifest(const Manifest& manifest) {
    std::string text = "{";
    Lines lines(text);
    lines.add("ombud_seal", std::to_string(manifest_version));
    write_facts(lines, manifest.facts);
    lines.add_time("sealed_at", manifest.sealed_at_utc_ns);
    if (manifest.ledger) {
        lines.open("ledger", '{');
        lines.add("index", std::to_string(manifest.facts.ledger_index.value_or(0)));
        lines.add_text("entry", manifest.ledger->entry);
        lines.add_text("proof", manifest.ledger->proof);
        lines.close('}');
    } else {
        lines.add("ledger", "null");
    }
    lines.add("sum", sum(manifest.instructions_sha256, instructions_file));
    lines.add_text("wrapping", signing::hex(manifest.manifest_wrapping_sha256));
    lines.add("time_stamp_wrapping", manifest.time_stamp_wrapping_sha256
                                         ? in_quotes(signing::hex(*manifest.time_stamp_wrapping_sha256))
                                         : "null");
    lines.open("files", '[');
    for (std::size_t i = 0; i < manifest.files.size(); ++i)
        write_file(lines, manifest.files[i], i + 1);
    lines.close(']');
    text += "\n}\n";
    return text;
}

} // namespace ombud::seal
