#include "cli/interrupt.hpp"

#include <poll.h>

namespace ombud::cli {
namespace {

volatile std::sig_atomic_t requested = 0;

void on_signal(int) {
    requested = 1;
}

} // namespace

Interrupt::Interrupt() {
    requested = 0;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND); // so that the second one ends a program that is stuck
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &int_before_);
    sigaction(SIGTERM, &action, &term_before_);
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_before_);
}

Interrupt::~Interrupt() {
    sigaction(SIGINT, &int_before_, nullptr);
    sigaction(SIGTERM, &term_before_, nullptr);
}

bool Interrupt::is_requested() const {
    return requested != 0;
}

void Interrupt::wait(std::chrono::milliseconds span) const {
    // Outside of the wait the signals are held back, so that none comes between the question and the wait.
    sigset_t held = mask_before_;
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_SETMASK, &held, nullptr);
    if (!is_requested()) {
        timespec limit{};
        limit.tv_sec = static_cast<time_t>(span.count() / 1'000);
        limit.tv_nsec = static_cast<long>(span.count() % 1'000 * 1'000'000);
        ppoll(nullptr, 0, &limit, &mask_before_);
    }
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

} // namespace ombud::cli
