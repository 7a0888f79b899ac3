// ombud-signer: answers on descriptor 3 until the host has gone; its working folder is the one of its keys.
#include "signer/message.hpp"
#include "signer/service.hpp"

#include <iostream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char** argv) {
    using namespace ombud::signer;
    if (argc != 1) {
        std::cerr << argv[0] << ": takes no arguments; a host starts it\n";
        return 2;
    }
    // No other process of this account looks into this one, and no core of it is left behind.
    const rlimit none{0, 0};
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::setrlimit(RLIMIT_CORE, &none);
    ::umask(077);
    Service service(".");
    for (;;) {
        const auto request = receive_message(service_fd);
        if (!request)
            return 0;
        if (!send_message(service_fd, service.answer(*request)))
            return 0;
    }
}
