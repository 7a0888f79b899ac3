#pragma once
// What a runner may still do once it is confined, as a set of layers that hold or do not: machines differ, and what was
// achieved is told, never supposed. libseccomp's home.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"

namespace ombud::contained {

/// As bits; their names are words of manifests (module.xsd) and of the ledger.
enum Layer : std::uint32_t {
    layer_own_user = 1,           ///< an account of its own for each runner, with no file and no right
    layer_no_new_privileges = 2,  ///< no program gives it more than it has
    layer_limits = 4,             ///< memory, threads, descriptors; no file grows, no core is dumped
    layer_descriptors = 8,        ///< nothing of the host is open in it but the channel, its library and its document
    layer_network_namespace = 16, ///< a network without anybody
    layer_landlock = 32,          ///< of files it reads those the loader needs and the time zones, and changes none
    layer_landlock_network = 64,  ///< no TCP, by Landlock
    layer_landlock_scope = 128,   ///< no signal and no abstract socket to anybody else
    layer_seccomp = 256,          ///< the system calls of a list; no socket, no process, no program
};

/// "own-user no-new-privileges …", in the order above.
std::string layer_words(std::uint32_t layers);
/// Errors  invalid_input  no such layer
Result<std::uint32_t> parse_layers(const std::vector<std::string>& words);

/// What a host tells its runner.
struct Terms {
    std::uint32_t user = 0; ///< account to become, if it can; 0: stay
    std::int32_t host = 0;  ///< process id of the host: when it ends, the runner does
};

/// Confines this process, for good. Called before any byte of a plugin runs, with one thread.
/// @return the layers that hold
/// Errors  unavailable  the host has gone already
Result<std::uint32_t> confine(const Terms& terms, int last_descriptor);

} // namespace ombud::contained
