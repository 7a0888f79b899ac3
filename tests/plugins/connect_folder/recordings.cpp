#include "recordings.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>

namespace ombud::testing {

namespace fs = std::filesystem;

namespace {
MediaReply look(const std::string& path) {
    MediaReply reply;
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    const std::string bytes = text.str();
    if (!file) {
        reply.status = OMBUD_UNAVAILABLE;
        reply.problem = "Permission denied";
        return reply;
    }
    if (bytes.rfind("MEDIA ", 0) != 0) {
        reply.status = OMBUD_CORRUPT;
        reply.problem = bytes.empty() ? "the file is empty" : "neither MP4, Matroska nor MPEG-TS";
        return reply;
    }
    std::stringstream parts(bytes.substr(6));
    std::string duration, creation;
    std::getline(parts, reply.tracks, '|');
    std::getline(parts, duration, '|');
    std::getline(parts, creation, '|');
    if (!duration.empty())
        reply.duration_ns = std::stoll(duration) * second_ns;
    if (creation.find_first_not_of("0123456789") == std::string::npos && !creation.empty())
        reply.creation_utc_ns = std::stoll(creation) * second_ns;
    reply.container = "mp4";
    reply.size_bytes = static_cast<std::int64_t>(bytes.size());
    return reply;
}
} // namespace

Recordings::Recordings() {
    char name[] = "/tmp/ombud-recordings-XXXXXX";
    if (!mkdtemp(name))
        throw std::runtime_error("no temporary folder");
    root = name;
    host.probe = look;
    host.settings = {{"options/root", root.string()}, {"site/timezone", std::string("Europe/Berlin")}};
}

Recordings::~Recordings() {
    plugin.reset();
    std::error_code ignored; // a test may have taken the folder away itself
    for (fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, ignored), end;
         !ignored && at != end; at.increment(ignored))
        if (at->is_directory(ignored) && !at->is_symlink(ignored))
            fs::permissions(at->path(), fs::perms::owner_all, ignored);
    fs::remove_all(root, ignored);
}

void Recordings::attach() {
    plugin = std::make_unique<LoadedPlugin>(CONNECT_FOLDER, host);
    if (plugin->start() != OMBUD_OK || plugin->open("") != OMBUD_OK)
        throw std::runtime_error("open: " + host.error);
}

void Recordings::set_age(const std::string& path, std::int64_t age_s) {
    const std::int64_t at = host.utc_ns - age_s * second_ns;
    const timespec times[2] = {{at / second_ns, at % second_ns}, {at / second_ns, at % second_ns}};
    if (::utimensat(AT_FDCWD, absolute(path).c_str(), times, 0) != 0)
        throw std::runtime_error("no time set for " + path);
}

void Recordings::write(const std::string& path, const std::string& content, std::int64_t age_s) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path, std::ios::binary) << content;
    set_age(path, age_s);
}

void Recordings::append(const std::string& path, const std::string& content, std::int64_t age_s) {
    std::ofstream(root / path, std::ios::binary | std::ios::app) << content;
    set_age(path, age_s);
}

const sdk::Event* Recordings::record(const std::string& id) {
    for (const sdk::Event& event : host.put)
        if (host.has(event, OMBUD_KEY_RECORDING) && host.text(event, OMBUD_KEY_RECORDING) == id)
            return &event;
    return nullptr;
}

const sdk::Event* Recordings::event(const std::string& type, const std::string& id) {
    for (const sdk::Event* event : host.of_type(host.pushed, type))
        if (host.text(*event, OMBUD_KEY_RECORDING) == id)
            return event;
    return nullptr;
}

} // namespace ombud::testing
