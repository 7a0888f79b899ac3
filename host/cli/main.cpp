#include "cli/program.hpp"

#include <clocale>
#include <cstdlib>
#include <iostream>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace {

std::size_t columns_of(int descriptor) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

} // namespace

int main(int argc, char** argv) {
    // Names of cameras come in any script: the widths of their letters are to be known, whatever the user's locale.
    std::setlocale(LC_CTYPE, "C.UTF-8");
    const ombud::SystemClock clock;
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    ombud::cli::Terminal terminal{std::cout, std::cerr, is_terminal ? columns_of(STDOUT_FILENO) : 0, is_terminal,
                                  isatty(STDERR_FILENO) == 1};

    const auto exit =
        ombud::cli::run({argv + 1, argv + argc}, terminal,
                        {clock, [](const char* name) { return static_cast<const char*>(std::getenv(name)); }});

    std::cout.flush();
    if (!std::cout && exit != ombud::cli::Exit::failed) {
        std::cerr << "ombud: error: the results could not be written\n";
        return static_cast<int>(ombud::cli::Exit::failed);
    }
    return static_cast<int>(exit);
}
