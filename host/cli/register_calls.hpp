#pragma once
// Looking at and changing a register, for the commands that are thin over it.

#include "cli/command.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace ombud::cli {

/// A register, and how its commands call what is in it.
struct RegisterNoun {
    std::string path;    ///< `email_whitelist/recipients`
    std::string records; ///< `recipients`, for "no recipients"
};

/// Prints the records, or all fields of the one with that key. With --csv all records as RFC 4180; with --all also rows that
/// were corrected, where the command has these options.
Exit show_register(Context& context, const RegisterNoun& noun, const std::string& key);
/// Sets fields of a record, or removes it; says what holds now, or who has to agree.
Exit set_record(Context& context, const RegisterNoun& noun, const std::string& key, boost::json::object fields);
/// The same for a record that has to be there: a typing error must not make one.
Exit change_record(Context& context, const RegisterNoun& noun, const std::string& key, boost::json::object fields);
Exit remove_record(Context& context, const RegisterNoun& noun, const std::string& key);

/// Adds a row to a register that only grows; says its number.
Exit append_row(Context& context, const RegisterNoun& noun, boost::json::object fields);
/// Erases the personal fields of a row.
Exit erase_row(Context& context, const RegisterNoun& noun, const std::string& key);

/// What every changing command says of an answer to a change: `subject` is its first words.
Exit say_changed(const Context& context, const std::string& subject, const boost::json::value& answer);

/// `--reason TEXT`, required.
const Option& change_reason();
/// `FIELD…`, NAME=TEXT.
const Option& field_arguments();
/// `--after`, `--all`, `--csv` of commands that show_register().
const std::vector<Option>& show_options();
/// `--corrects NUMBER` and `--reason TEXT` of commands that append_row().
const std::vector<Option>& append_options();

} // namespace ombud::cli
