#include "tests/layers/layer_check.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "tests/layers/layer_table.hpp"

namespace evenkeel::layers {
namespace {

struct Include {
  int line = 0;
  std::string name;
  bool quoted = false;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_header(std::string_view path) { return path.ends_with(".hpp") || path.ends_with(".h"); }

std::vector<std::string> words_of(std::string_view list) {
  std::istringstream in{std::string(list)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The include directives of a file. The code decides which lines are directives at all (one inside
// a comment is none), the text says what they name (a quoted name is a literal to code_only).
std::vector<Include> includes_of(const SourceFile& file) {
  const std::vector<std::string> code = lines_of(code_only(file.text));
  const std::vector<std::string> text = lines_of(file.text);
  std::vector<Include> includes;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const std::size_t hash = code[i].find_first_not_of(" \t");
    if (hash == std::string::npos || code[i][hash] != '#') continue;
    const std::size_t word = code[i].find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || code[i].compare(word, 7, "include") != 0) continue;
    const std::size_t open = text[i].find_first_of("<\"", word + 7);
    if (open == std::string::npos) continue;
    const bool quoted = text[i][open] == '"';
    const std::size_t close = text[i].find(quoted ? '"' : '>', open + 1);
    if (close == std::string::npos) continue;
    includes.push_back(
        {static_cast<int>(i) + 1, text[i].substr(open + 1, close - open - 1), quoted});
  }
  return includes;
}

template <typename Table>
bool starts_with_any(std::string_view name, const Table& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const auto& prefix) { return name.starts_with(prefix); });
}

const FolderRule* rule_of(std::string_view path) {
  const FolderRule* best = nullptr;
  for (const FolderRule& rule : kFolders) {
    if (!path.starts_with(rule.folder)) continue;
    if (best == nullptr || rule.folder.size() > best->folder.size()) best = &rule;
  }
  return best;
}

bool allowed(std::string_view name, std::string_view list, bool in_header) {
  constexpr std::string_view kCppOnly = "(cpp)";
  for (const std::string& entry : words_of(list)) {
    std::string_view prefix = entry;
    if (prefix.ends_with(kCppOnly)) {
      if (in_header) continue;
      prefix.remove_suffix(kCppOnly.size());
    }
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

// Why `file` may not include `include`; empty when it may.
std::string complaint_about(const SourceFile& file, const FolderRule& rule,
                            const Include& include) {
  const std::string& name = include.name;
  const bool in_header = is_header(file.path);
  if (starts_with_any(name, kLibraries)) {
    if (allowed(name, rule.others, in_header)) return {};
    const bool elsewhere = in_header && allowed(name, rule.others, false);
    return std::string(rule.folder) + " may not include <" + name + ">" +
           (elsewhere ? " in a header, only in a .cpp" : "");
  }
  if (!include.quoted) {
    if (name.find('/') == std::string::npos || starts_with_any(name, kSystemFolders)) return {};
    return "<" + name + "> belongs to no library that the table knows";
  }
  if (allowed(name, rule.ours, in_header)) return {};
  if (rule_of(name) == nullptr && !name.starts_with("evenkeel/")) {
    return "\"" + name + "\" is not a path from the root of the tree";
  }
  return std::string(rule.folder) + " may not include \"" + name + "\"";
}

// Headers of the QuickFIX library that include QuickFIX, directly or through one another.
std::set<std::string> quickfix_carriers(std::span<const SourceFile> files) {
  std::set<std::string> carriers;
  for (bool grew = true; grew;) {
    grew = false;
    for (const SourceFile& file : files) {
      if (!is_header(file.path) || !file.path.starts_with("fix/quickfix/")) continue;
      for (const Include& include : includes_of(file)) {
        if (include.name.starts_with("quickfix/") || carriers.contains(include.name)) {
          grew = carriers.insert(file.path).second || grew;
        }
      }
    }
  }
  return carriers;
}

bool matches(std::string_view path, std::string_view pattern) {
  if (!pattern.ends_with('*')) return path == pattern;
  return path.starts_with(pattern.substr(0, pattern.size() - 1));
}

const Exception* exception_of(std::string_view path) {
  for (const Exception& exception : kExceptions) {
    if (matches(path, exception.files)) return &exception;
  }
  return nullptr;
}

bool is_edge(std::string_view path) {
  const Exception* exception = exception_of(path);
  return exception != nullptr && exception->edge;
}

bool is_excepted(std::string_view path, std::string_view category) {
  const Exception* exception = exception_of(path);
  if (exception == nullptr) return false;
  const std::vector<std::string> categories = words_of(exception->categories);
  return std::find(categories.begin(), categories.end(), category) != categories.end();
}

// A header name matches a ban as a whole, or as a folder ("sys/") or beginning
// ("absl/container/flat_hash").
bool header_is(std::string_view name, std::string_view banned) {
  return banned.find('/') == std::string_view::npos ? name == banned : name.starts_with(banned);
}

void check_banned_headers(const SourceFile& file, std::vector<Violation>& out) {
  for (const Include& include : includes_of(file)) {
    if (!is_edge(file.path) && is_edge(include.name)) {
      out.push_back({file.path, include.line,
                     "decides, so it may not include the edge \"" + include.name + "\""});
    }
    for (const Ban& ban : kBans) {
      for (const std::string& banned : words_of(ban.headers)) {
        if (!header_is(include.name, banned) || is_excepted(file.path, ban.category)) continue;
        out.push_back({file.path, include.line,
                       std::string(ban.category) + ": <" + include.name +
                           "> is banned from the deterministic part"});
      }
    }
  }
}

// word -> category, for one file: what it is excepted from is left out.
std::map<std::string, std::string_view, std::less<>> banned_words_for(std::string_view path) {
  std::map<std::string, std::string_view, std::less<>> banned;
  for (const Ban& ban : kBans) {
    if (is_excepted(path, ban.category)) continue;
    for (std::string& word : words_of(ban.words)) banned.emplace(std::move(word), ban.category);
  }
  return banned;
}

// A member of ours may be called `locale` or `random`; what is banned is the thing of the standard
// library or of C.
bool is_member_access(std::string_view line, std::size_t at) {
  if (at >= 1 && line[at - 1] == '.') return true;
  return at >= 2 && line.substr(at - 2, 2) == "->";
}

void check_banned_words(const SourceFile& file, std::vector<Violation>& out) {
  const auto banned = banned_words_for(file.path);
  const std::vector<std::string> lines = lines_of(code_only(file.text));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line[first] == '#' &&
        line.find("include", first) != std::string::npos) {
      continue;  // headers have their own check
    }
    for (std::size_t at = 0; at < line.size();) {
      std::size_t end = at;
      while (end < line.size() && is_word(line[end])) ++end;
      if (end == at) {
        ++at;
        continue;
      }
      const auto found = banned.find(std::string_view(line).substr(at, end - at));
      if (found != banned.end() && !is_member_access(line, at)) {
        out.push_back({file.path, static_cast<int>(i) + 1,
                       std::string(found->second) + ": '" + found->first +
                           "' is banned from the deterministic part"});
      }
      at = end;
    }
  }
}

// std::map<Thing*, ...> and std::set<Thing*>: ordered by addresses, which differ between runs.
void check_pointer_order(const SourceFile& file, std::vector<Violation>& out) {
  const std::vector<std::string> lines = lines_of(code_only(file.text));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string_view container : {"std::map<", "std::set<"}) {
      const std::size_t at = lines[i].find(container);
      if (at == std::string::npos) continue;
      const std::size_t key = at + container.size();
      const std::size_t end = lines[i].find_first_of(",<>", key);
      if (lines[i].substr(key, end - key).find('*') == std::string::npos) continue;
      out.push_back({file.path, static_cast<int>(i) + 1,
                     "unordered: a container ordered by addresses differs between runs"});
    }
  }
}

}  // namespace

std::string to_string(const Violation& violation) {
  return violation.path + ":" + std::to_string(violation.line) + ": " + violation.message;
}

std::string code_only(std::string_view text) {
  std::string out(text);
  const auto blank = [&out](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out.size()); ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  const auto after = [&text](std::string_view what, std::size_t from) {
    const std::size_t at = text.find(what, from);
    return at == std::string_view::npos ? text.size() : at + what.size();
  };
  // Past the closing quote; a literal that never closes ends with its line.
  const auto literal_end = [&text](std::size_t open) {
    std::size_t i = open + 1;
    while (i < text.size() && text[i] != text[open] && text[i] != '\n') {
      i += text[i] == '\\' ? 2U : 1U;
    }
    return std::min(i + 1, text.size());
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    std::size_t end = i + 1;
    if (rest.starts_with("//")) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (rest.starts_with("/*")) {
      end = after("*/", i + 2);
      blank(i, end);
    } else if (rest.starts_with("R\"") && (i == 0 || !is_word(text[i - 1]))) {
      const std::size_t paren = std::min(text.find('(', i), text.size());
      end = after(")" + std::string(text.substr(i + 2, paren - i - 2)) + "\"", paren);
      blank(i, end);
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word(text[i - 1])))) {
      end = literal_end(i);  // and not the separator in 1'000
      blank(i, end);
    }
    i = end;
  }
  return out;
}

std::vector<Violation> check_includes(std::span<const SourceFile> files) {
  std::vector<Violation> out;
  const std::set<std::string> carriers = quickfix_carriers(files);
  for (const SourceFile& file : files) {
    const FolderRule* rule = rule_of(file.path);
    if (rule == nullptr) {
      out.push_back({file.path, 1, "lies in a folder that the table of layers does not know"});
      continue;
    }
    for (const Include& include : includes_of(file)) {
      std::string complaint = complaint_about(file, *rule, include);
      if (complaint.empty() && carriers.contains(include.name) &&
          !file.path.starts_with("fix/quickfix/")) {
        complaint = "\"" + include.name + "\" brings QuickFIX with it; only fix/quickfix/ may";
      }
      if (!complaint.empty()) out.push_back({file.path, include.line, std::move(complaint)});
    }
  }
  return out;
}

std::vector<Violation> check_determinism(std::span<const SourceFile> files) {
  std::vector<Violation> out;
  for (const SourceFile& file : files) {
    if (!starts_with_any(file.path, kDeterministic)) continue;
    check_banned_headers(file, out);
    check_banned_words(file, out);
    check_pointer_order(file, out);
  }
  return out;
}

std::vector<Violation> check_headers(std::span<const SourceFile> files) {
  std::vector<Violation> out;
  for (const SourceFile& file : files) {
    if (!is_header(file.path)) continue;
    const std::vector<std::string> lines = lines_of(file.text);
    // A guard of the old kind may stand before the opening comment.
    std::size_t first = 0;
    while (first < lines.size() && (lines[first].empty() || lines[first].starts_with('#'))) ++first;
    if (first > 3 || first == lines.size() || !lines[first].starts_with("//")) {
      out.push_back({file.path, 1, "a header opens with what the thing is and never does"});
    }
    const std::string code = code_only(file.text);
    if (code.find("#pragma once") == std::string::npos && !code.starts_with("#ifndef ")) {
      out.push_back({file.path, 1, "a header is guarded: #pragma once"});
    }
  }
  return out;
}

}  // namespace evenkeel::layers
