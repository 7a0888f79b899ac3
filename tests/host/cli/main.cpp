#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <clocale>

int main(int argc, char** argv) {
    std::setlocale(LC_CTYPE, "C.UTF-8"); // as the program does
    return Catch::Session().run(argc, argv);
}
