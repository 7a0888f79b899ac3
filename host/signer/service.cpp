#include "signer/service.hpp"

#include "ledger/checkpoint.hpp"
#include "ledger/file.hpp"
#include "signer/message.hpp"
#include "signing/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace ombud::signer {
namespace {

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

// `signed`: the number of entries and the right edge in base64, a line each.
Result<ledger::Tree> read_tree(const std::filesystem::path& file) {
    const auto stored = ledger::read_file(file);
    if (!stored && stored.error().code == ErrorCode::not_found)
        return ledger::Tree();
    if (!stored)
        return fail(stored.error());
    std::string_view text = *stored;
    const auto number = take_line(text);
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), size);
    const auto edge = signing::parse_base64(take_line(text));
    auto tree = error == std::errc{} && end == number.data() + number.size() && edge
                    ? ledger::Tree::restore(size, *edge)
                    : Result<ledger::Tree>(fail(ErrorCode::corrupt, "not a number and an edge"));
    if (!tree)
        return fail(std::move(tree.error()).within(file.string()));
    return tree;
}

} // namespace

std::string Service::answer(std::string_view request) {
    const auto word = take_line(request);
    if (!keys_ && word != "hello")
        return answer_of(fail(ErrorCode::invalid_input, "the first request is hello"));
    return answer_of(handle(word, request));
}

Result<std::string> Service::handle(std::string_view word, std::string_view body) {
    if (word == "hello")
        return hello(body);
    if (word == "begin") {
        growing_ = signed_;
        return std::to_string(signed_.size());
    }
    if (word == "grow")
        return grow(body);
    if (word == "sign")
        return sign(body);
    if (word == "resume")
        return resume(body);
    if (word == "prepare") {
        const auto next = keys_->prepare_epoch();
        return next ? Result<std::string>(next->verifier_key()) : fail(next.error());
    }
    if (word == "enter") {
        const auto entered = keys_->enter_epoch();
        return entered ? Result<std::string>("") : fail(entered.error());
    }
    return fail(ErrorCode::invalid_input, "no such request: '" + std::string(word.substr(0, 40)) + "'");
}

Result<std::string> Service::hello(std::string_view name) {
    auto tree = read_tree(folder_ / "signed");
    if (!tree)
        return fail(tree.error());
    auto keys = ledger::EpochSigner::open(folder_ / "ledger-key.pem", std::string(name));
    if (!keys)
        return fail(keys.error());
    signed_ = std::move(*tree);
    growing_ = signed_;
    keys_ = std::move(*keys);
    return keys_->verifier().verifier_key();
}

Result<std::string> Service::grow(std::string_view leaves) {
    if (leaves.size() % sizeof(ledger::Digest) != 0)
        return fail(ErrorCode::invalid_input, "hashes have 32 bytes each");
    for (; !leaves.empty(); leaves.remove_prefix(sizeof(ledger::Digest))) {
        ledger::Digest leaf{};
        std::copy_n(leaves.begin(), leaf.size(), leaf.begin());
        growing_.append(leaf);
    }
    return std::string();
}

Result<std::string> Service::sign(std::string_view text) {
    const auto stated = ledger::parse_checkpoint(text);
    if (!stated)
        return fail(stated.error());
    if (stated->text() != text || stated->origin != keys_->verifier().name())
        return fail(ErrorCode::refused, "the signer signs plain checkpoints of '" + keys_->verifier().name() + "' alone");
    if (stated->size < signed_.size())
        return fail(ErrorCode::refused, "the ledger was rolled back: its signer has signed " + std::to_string(signed_.size()) + " entries, and is asked for " +
                                            std::to_string(stated->size));
    if (stated->size != growing_.size() || stated->root != growing_.root())
        return fail(ErrorCode::refused, "the ledger was rewritten: its " + std::to_string(stated->size) + " entries do not go on from the " +
                                            std::to_string(signed_.size()) + " that its signer has signed");
    if (auto kept = ledger::replace_file(folder_ / "signed", std::to_string(growing_.size()) + "\n" + signing::base64(growing_.edge()) + "\n"); !kept)
        return fail(kept.error());
    signed_ = growing_;
    return keys_->sign(text);
}

Result<std::string> Service::resume(std::string_view keys) {
    ledger::EpochKeys named;
    for (auto* key : {&named.current, &named.next}) {
        const auto line = take_line(keys);
        if (line.empty())
            continue;
        auto verifier = signing::NoteVerifier::parse(line);
        if (!verifier)
            return fail(verifier.error());
        *key = std::move(*verifier);
    }
    const auto resumed = keys_->resume(named);
    return resumed ? Result<std::string>("") : fail(resumed.error());
}

} // namespace ombud::signer
