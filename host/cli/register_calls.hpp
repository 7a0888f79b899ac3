#pragma once
// Looking at and changing a register, for the commands that are thin over it.

#include "cli/command.hpp"

#include <boost/json/object.hpp>
#include <string>

namespace ombud::cli {

/// A register, and how its commands call what is in it.
struct RegisterNoun {
    std::string path;    ///< `email_whitelist/recipients`
    std::string records; ///< `recipients`, for "no recipients"
};

/// Prints the records, or all fields of the one with that key.
Exit show_register(Context& context, const RegisterNoun& noun, const std::string& key);
/// Sets fields of a record, or removes it; says what holds now, or who has to agree.
Exit set_record(Context& context, const RegisterNoun& noun, const std::string& key, boost::json::object fields);
/// The same for a record that has to be there: a typing error must not make one.
Exit change_record(Context& context, const RegisterNoun& noun, const std::string& key, boost::json::object fields);
Exit remove_record(Context& context, const RegisterNoun& noun, const std::string& key);

/// What every changing command says of an answer to a change: `subject` is its first words.
Exit say_changed(const Context& context, const std::string& subject, const boost::json::value& answer);

/// `--reason TEXT`, required.
const Option& change_reason();
/// `FIELD…`, NAME=TEXT.
const Option& field_arguments();

} // namespace ombud::cli
