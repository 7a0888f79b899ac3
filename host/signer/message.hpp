#pragma once
// What a host and its signer say to each other. Private to this folder.

#include "events/result.hpp"

#include <string>
#include <string_view>

namespace ombud::signer {

/// One message a packet (SOCK_SEQPACKET). A request is a word, a line feed and what belongs to it:
///
///     hello NAME       the key of that name, made if need be            answers its verifier key
///     begin            a checkpoint is wanted                           answers how many entries were signed last
///     grow LEAVES      hashes of the entries behind those, 32 bytes each
///     sign TEXT        the checkpoint over them                         answers signature lines
///     resume KEY KEY   the keys of epochs that the ledger names; a line each, maybe empty
///     prepare          a key for the next epoch                         answers its verifier key
///     enter            that epoch begins
///
/// An answer is `0`, a line feed and what was asked for, or the number of an error and its message.
inline constexpr std::size_t message_bytes_max = 64 * 1024;
inline constexpr std::size_t leaves_max = 1'024; ///< in one message
inline constexpr int service_fd = 3;             ///< of the signer's end; its working folder is the one of its keys

/// Errors  unavailable  the other side has ended, or says nothing for ten seconds
Result<void> send_message(int fd, std::string_view message);
Result<std::string> receive_message(int fd);

std::string answer_of(const Result<std::string>& result);
Result<std::string> parse_answer(std::string_view answer);

} // namespace ombud::signer
