#pragma once
// The table of routes: which handler answers which method and path, and who may call it.

#include "api/request.hpp"
#include "events/result.hpp"

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::api {

/// Answers one call. May block, but not for ever: stopping the server waits for it.
/// An error becomes the status and JSON of error_json.hpp; an exception becomes `internal`.
/// Thread  several at once, on the server's workers
using Handler = std::function<Result<boost::json::value>(const Request&)>;

struct Route {
    Method method = Method::get;
    std::string pattern; ///< "/v1/modules/{id}/mode"
    Handler handler;
    std::vector<std::string> query; ///< names the query may hold; any other is refused
    std::vector<std::string> body;  ///< names the body may hold; any other is refused
    Access needs = Access::write;   ///< of the peer; a GET needs Access::read alone
};

/// What goes back to the caller.
struct Answer {
    unsigned status = 200;
    std::string body;  ///< JSON
    std::string allow; ///< for the Allow header; empty but with status 405
};

/// Finds the route of a call, checks it, and runs its handler.
class Router {
  public:
    /// Adds one route. The pattern begins with `/`, and no two routes have the same method and shape: a broken table is
    /// a fault of the program and asserted.
    void add(Route route);

    /// Answers a call, whatever is in it; never throws.
    ///
    /// @param method  as it came: GET, PUT, POST and DELETE are known
    /// @param target  as it came: path and query
    /// @param body    empty, or a JSON object
    /// GET needs Access::read, everything else what its route says. `/` and unknown paths are 404, a known path with another
    /// method is 405 with what is allowed.
    /// Thread  any, several at once
    [[nodiscard]] Answer dispatch(std::string_view method, std::string_view target, std::string_view body,
                                  Peer peer) const;

  private:
    struct Entry {
        Route route;
        std::vector<std::string> segments;
    };
    [[nodiscard]] Result<boost::json::value> run(const Entry& entry, Request request, std::string_view body) const;

    std::vector<Entry> entries_;
};

/// The answer that an error becomes.
Answer answer_of(const Error& error);

} // namespace ombud::api
