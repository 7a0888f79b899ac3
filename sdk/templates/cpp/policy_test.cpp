#include "policy.hpp"
#include <cstdio>

namespace {
int expect(const char* behaviour, const ombud::sdk::Verdict& is, ombud::sdk::Answer wanted) {
    if (is.answer == wanted)
        return 0;
    std::fprintf(stderr, "policy_test: %s: answer %d, not %d\n", behaviour, static_cast<int>(is.answer), static_cast<int>(wanted));
    return 1;
}
} // namespace

int main() {
    using ombud::sdk::Answer;
    return expect("a recording of the size that is allowed passes", decide(10, 10), Answer::allow) |
           expect("a larger one does not", decide(11, 10), Answer::deny) |
           expect("one of unknown size is somebody else's", decide(std::nullopt, 10), Answer::abstain);
}
