#pragma once
// A folder that goes with its test.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

class TempFolder {
  public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "ombud-api-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw std::runtime_error("mkdtemp " + name);
        path_ = name;
        // Other users are to be stopped by the socket's own mode, so the folder lets them in.
        std::filesystem::permissions(path_, std::filesystem::perms(0755));
    }
    ~TempFolder() { std::filesystem::remove_all(path_); }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};
