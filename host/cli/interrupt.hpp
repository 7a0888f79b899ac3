#pragma once
// Ctrl-C as a wish to stop in good order.

#include <chrono>
#include <csignal>

namespace ombud::cli {

/// While it lives, SIGINT and SIGTERM only leave a mark; a second one ends the program as it would have without.
/// Thread  the main thread; one at a time
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    [[nodiscard]] bool is_requested() const;
    /// Returns after so long, or as soon as it is requested.
    void wait(std::chrono::milliseconds span) const;

  private:
    sigset_t mask_before_{};
    struct sigaction int_before_ {};
    struct sigaction term_before_ {};
};

} // namespace ombud::cli
