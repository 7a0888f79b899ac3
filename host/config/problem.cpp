#include "config/problem.hpp"

namespace ombud::config {

std::string Problem::text() const {
    return line == 0 ? file + ": " + message : file + ":" + std::to_string(line) + ": " + message;
}

Error Rejection::error() const {
    Error error{code, {}};
    for (const Problem& problem : problems) {
        if (!error.message.empty())
            error.message += '\n';
        error.message += problem.text();
    }
    return error;
}

} // namespace ombud::config
