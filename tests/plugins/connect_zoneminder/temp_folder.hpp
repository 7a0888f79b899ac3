#pragma once
// A folder of one test, gone with it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace ombud::zoneminder {

class TempFolder {
  public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "ombud-zm-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw std::runtime_error("no temporary folder");
        path = name;
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    /// Writes a file, with the folders above it.
    void write(const std::string& relative, const std::string& content = "x") const {
        std::filesystem::create_directories((path / relative).parent_path());
        std::ofstream(path / relative) << content;
    }

    std::filesystem::path path;
};

} // namespace ombud::zoneminder
