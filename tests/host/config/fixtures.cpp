#include "fixtures.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace config_test {

using namespace ombud::config;

TempFolder::TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ombud-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("no temporary folder");
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempFolder::write(const std::string& name, std::string_view content) const {
    const auto file = path_ / name;
    std::ofstream(file, std::ios::binary) << content;
    ::chmod(file.c_str(), 0600);
    return file;
}

std::string_view box_manifest_xml() {
    return R"(<plugin xmlns="urn:ombud:module:1" id="box" kind="connector" title="Box" company="Example" version="1.0.0"
        abi="1.0" isolation="process">
  <summary>speaks for a box</summary>
  <options>
    <option name="root" type="path" required="true"><help>where recordings are</help></option>
    <option name="layout" type="text" default="{camera}/{time}.mp4"><help>names</help></option>
    <option name="port" type="integer" unit="ports" min="1" max="65535" default="554"><help>port</help></option>
    <option name="tls" type="boolean" default="true"><help>encrypt</help></option>
    <option name="settle" type="duration" min="1s" max="1h" default="10s"><help>quiet time</help></option>
    <option name="cache" type="size" min="1MiB" max="1GiB" default="64MiB"><help>cache</help></option>
    <option name="password" type="secret"><help>log in</help></option>
    <option name="clock" type="choice" default="name"><choice value="name"/><choice value="container"/><help>time</help></option>
    <option name="nightly" type="time" default="03:30"><help>when</help></option>
  </options>
</plugin>)";
}

const Manifests& manifests() {
    static const Manifests all = [] {
        Manifests made;
        for (const std::string_view xml :
             {box_manifest_xml(), std::string_view(R"(<plugin xmlns="urn:ombud:module:1" id="watch" kind="module"
        title="Watch" company="Example" version="1.0.0" abi="1.0" isolation="process">
  <summary>watches</summary>
  <options><option name="every" type="duration" min="1m" max="7d" default="1h"><help>interval</help></option></options>
</plugin>)")}) {
            auto manifest = parse_manifest(xml, "fixture.xml");
            if (!manifest)
                throw std::runtime_error(manifest.error().error().message);
            made.emplace(manifest->id, *manifest);
        }
        return made;
    }();
    return all;
}

std::string site_xml(std::string_view content) {
    return R"(<site xmlns="urn:ombud:site:1" id="demo" timezone="Europe/Berlin">)"
           "\n" +
           std::string(content) + "\n</site>\n";
}

std::string site_with_options(std::string_view options) {
    return site_xml(R"(<attachments><attachment id="files" connector="box"><option name="root">rec</option>)" +
                    std::string(options) + "</attachment></attachments>");
}

std::string site_with_camera(std::string_view attributes, std::string_view content) {
    return site_xml(
        R"(<attachments><attachment id="files" connector="box"><option name="root">rec</option></attachment></attachments>
<cameras><camera )" +
        std::string(attributes) + ">" + std::string(content) + "</camera></cameras>");
}

Checked<Site> parse(std::string_view xml) {
    return parse_site(xml, "site.xml", "/srv/site", manifests());
}

std::string problems_of(std::string_view xml) {
    const auto site = parse(xml);
    return site ? std::string() : site.error().error().message;
}

std::string source_file(const std::string& path) {
    std::ifstream file(std::string(OMBUD_SOURCE_DIR "/") + path, std::ios::binary);
    if (!file)
        throw std::runtime_error("no " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace config_test
