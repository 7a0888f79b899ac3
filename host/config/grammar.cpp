#include "config/grammar.hpp"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "config/byte_check.hpp"
#include "config/embedded.hpp"
#include "config/grammar_words.hpp"
#include "config/values.hpp"

namespace ombud::config {
namespace {

template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using ParserContext = std::unique_ptr<xmlParserCtxt, FreeBy<xmlFreeParserCtxt>>;
using XmlDocument = std::unique_ptr<xmlDoc, FreeBy<xmlFreeDoc>>;
using SchemaParser = std::unique_ptr<xmlSchemaParserCtxt, FreeBy<xmlSchemaFreeParserCtxt>>;
using Schema = std::unique_ptr<xmlSchema, FreeBy<xmlSchemaFree>>;
using SchemaValidator = std::unique_ptr<xmlSchemaValidCtxt, FreeBy<xmlSchemaFreeValidCtxt>>;

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// What one parse tells through libxml2's callbacks.
struct ParseNotes {
    std::size_t doctype_line = 0;
    std::size_t error_line = 0;
    std::string error;
};

void on_doctype(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
    auto* parser = static_cast<xmlParserCtxt*>(context);
    static_cast<ParseNotes*>(parser->_private)->doctype_line = static_cast<std::size_t>(parser->input->line);
    xmlStopParser(parser); // before anything in it is looked at
}

#if LIBXML_VERSION >= 21200
using XmlErrorPointer = const xmlError*;
#else
using XmlErrorPointer = xmlError*;
#endif

void on_parse_error(void* context, XmlErrorPointer error) {
    auto& notes = *static_cast<ParseNotes*>(static_cast<xmlParserCtxt*>(context)->_private);
    if (!notes.error.empty() || error->message == nullptr || error->level < XML_ERR_ERROR)
        return; // what follows the first error are its echoes
    notes.error_line = error->line > 0 ? static_cast<std::size_t>(error->line) : 1;
    notes.error = trimmed(error->message);
}

struct GrammarNotes {
    const GrammarWords& words;
    const std::string& name;
    std::vector<Problem> problems;
    std::size_t left_out = 0;
    const void* last_node = nullptr;
};

/// `<hours> days` of a message about a value; any other message is about nothing but itself.
std::string_view subject(std::string_view message) {
    const auto verb = message.find(" is not ");
    return verb == std::string_view::npos ? message : trimmed(message.substr(0, std::min(verb, message.find('\''))));
}

void on_grammar_error(void* context, XmlErrorPointer error) {
    auto& notes = *static_cast<GrammarNotes*>(context);
    if (error->message == nullptr)
        return;
    auto message = notes.words.reworded(trimmed(error->message));
    const bool is_same = error->node != nullptr && error->node == notes.last_node && !notes.problems.empty() &&
                         subject(message) == subject(notes.problems.back().message);
    notes.last_node = error->node;
    if (is_same) { // of one value's item and the whole value, the whole value
        notes.problems.back().message = std::move(message);
        return;
    }
    if (notes.problems.size() >= problems_max) {
        ++notes.left_out;
        return;
    }
    const auto* node = static_cast<xmlNode*>(error->node);
    if (node != nullptr && node->type == XML_ATTRIBUTE_NODE)
        node = node->parent;
    const long line = node != nullptr ? xmlGetLineNo(node)
                                      : error->line; // beyond 65,535 the nearest text's line; error->line ends there
    notes.problems.push_back({notes.name, static_cast<std::size_t>(std::max(line, 0L)), std::move(message)});
}

/// libxml2's own set-up is not safe to race.
void start_libxml2() {
    static std::once_flag once;
    std::call_once(once, [] { xmlInitParser(); });
}

XmlDocument parse(std::string_view text, ParseNotes& notes) {
    const ParserContext parser(xmlCreateMemoryParserCtxt(text.data(), static_cast<int>(text.size())));
    if (!parser) {
        notes.error = "out of memory";
        return nullptr;
    }
    xmlCtxtUseOptions(parser.get(), XML_PARSE_NONET | XML_PARSE_BIG_LINES);
    parser->_private = &notes;
    parser->sax->internalSubset = on_doctype;
    parser->sax->serror = on_parse_error;
    xmlParseDocument(parser.get());
    XmlDocument document(parser->myDoc);
    parser->myDoc = nullptr;
    if (parser->wellFormed == 0 && notes.error.empty())
        notes.error = "not well-formed XML";
    return parser->wellFormed == 0 ? nullptr : std::move(document);
}

/// The words for a parse error; libxml2's own are kept where they say enough.
std::string parse_error_words(const std::string& error) {
    if (error.find("Excessive depth") != std::string::npos)
        return "elements are nested deeper than 256";
    std::string words = "not well-formed XML: " + error;
    std::erase(words, '\n');
    return words;
}

/// Elements whose names carry a prefix; found iteratively, whatever the depth.
void find_prefixes(const xmlNode* root, const std::string& name, std::vector<Problem>& problems) {
    for (const xmlNode* node = root; node != nullptr && problems.size() < problems_max;) {
        if (node->type == XML_ELEMENT_NODE && node->ns != nullptr && node->ns->prefix != nullptr)
            problems.push_back({name, static_cast<std::size_t>(std::max(xmlGetLineNo(node), 0L)),
                                "<" + std::string(view(node->ns->prefix)) + ":" + std::string(view(node->name)) +
                                    ">: write names without a prefix and declare the namespace by xmlns=\"…\""});
        if (node->children != nullptr && node->type == XML_ELEMENT_NODE) {
            node = node->children;
            continue;
        }
        while (node != root && node->next == nullptr)
            node = node->parent;
        node = node == root ? nullptr : node->next;
    }
}

/// A grammar ready for use. Making one takes longer than checking an ordinary file.
struct LoadedGrammar {
    explicit LoadedGrammar(std::string_view xsd) : words(xsd) {
        const SchemaParser parser(xmlSchemaNewMemParserCtxt(xsd.data(), static_cast<int>(xsd.size())));
        schema.reset(parser ? xmlSchemaParse(parser.get()) : nullptr);
    }
    GrammarWords words;
    Schema schema;
    std::mutex in_use; // libxml2 does not promise that two validations may share a schema
};

LoadedGrammar& loaded(Grammar grammar) {
    static LoadedGrammar site(schema_text(Grammar::site));
    static LoadedGrammar module(schema_text(Grammar::module));
    static LoadedGrammar controls(schema_text(Grammar::controls));
    static LoadedGrammar index(schema_text(Grammar::index));
    static LoadedGrammar tests(schema_text(Grammar::tests));
    switch (grammar) {
    case Grammar::site: return site;
    case Grammar::module: return module;
    case Grammar::controls: return controls;
    case Grammar::tests: return tests;
    case Grammar::index: break;
    }
    return index;
}

void check_schema(xmlDoc* document, const std::string& name, LoadedGrammar& grammar, GateReport& report) {
    const std::lock_guard lock(grammar.in_use);
    const SchemaValidator validator(grammar.schema ? xmlSchemaNewValidCtxt(grammar.schema.get()) : nullptr);
    if (!validator) {
        report.problems.push_back({name, 0, "cannot be checked: libxml2 did not take the embedded grammar"});
        return;
    }
    GrammarNotes notes{grammar.words, name, {}};
    xmlSchemaSetValidStructuredErrors(validator.get(), on_grammar_error, &notes);
    const int verdict = xmlSchemaValidateDoc(validator.get(), document);
    if (verdict != 0 && notes.problems.empty())
        notes.problems.push_back({name, 0, "does not follow its grammar"});
    std::ranges::move(notes.problems, std::back_inserter(report.problems));
    report.left_out = notes.left_out;
}

} // namespace

std::string_view schema_text(Grammar grammar) {
    switch (grammar) {
    case Grammar::site:
        return embedded_site_xsd();
    case Grammar::module:
        return embedded_module_xsd();
    case Grammar::controls:
        return embedded_controls_xsd();
    case Grammar::index:
        return embedded_index_xsd();
    case Grammar::tests:
        return embedded_tests_xsd();
    }
    return {};
}

GateReport check_grammar(std::string_view text, const std::string& name, Grammar grammar) {
    GateReport report;
    if (auto problem = check_bytes(text, name)) {
        report.problems.push_back(std::move(*problem));
        return report;
    }
    start_libxml2();
    ParseNotes notes;
    const XmlDocument document = parse(text, notes);
    if (notes.doctype_line != 0) {
        report.problems.push_back(
            {name, notes.doctype_line, "a DOCTYPE is not allowed; remove it, the grammar is built in"});
        return report;
    }
    if (!document) {
        report.problems.push_back({name, notes.error_line, parse_error_words(notes.error)});
        return report;
    }
    const xmlNode* root = xmlDocGetRootElement(document.get());
    LoadedGrammar& rules = loaded(grammar);
    const GrammarWords& words = rules.words;
    if (view(root->name) != words.root() || root->ns == nullptr || view(root->ns->href) != words.target_namespace()) {
        report.problems.push_back({name, static_cast<std::size_t>(std::max(xmlGetLineNo(root), 0L)),
                                   "the root is <" + std::string(view(root->name)) + "> of namespace " +
                                       in_quotes(root->ns == nullptr ? std::string_view() : view(root->ns->href)) +
                                       ", not <" + std::string(words.root()) + " xmlns=\"" +
                                       std::string(words.target_namespace()) + "\">"});
        return report;
    }
    find_prefixes(root, name, report.problems);
    report.is_well_formed = report.problems.empty();
    check_schema(document.get(), name, rules, report);
    return report;
}

} // namespace ombud::config
