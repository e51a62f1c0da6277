// Writes one JSON object in a given order of keys, numbers exact. No parser, no tree: append-only
// text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apps/events_text.hpp"

namespace evenkeel::apps {

class JsonLine {
 public:
  /// Appends to `out`, which outlives this.
  explicit JsonLine(std::string& out) : out_(out) { out_.push_back('{'); }

  JsonLine& text(std::string_view key, std::string_view value) {
    begin(key);
    append_json_string(out_, value);
    return *this;
  }
  JsonLine& integer(std::string_view key, std::int64_t value) {
    return raw(key, std::to_string(value));
  }
  JsonLine& count(std::string_view key, std::uint64_t value) {
    return raw(key, std::to_string(value));
  }
  JsonLine& boolean(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
  /// A Price, Quantity, Money or Ratio.
  template <class Fixed>
  JsonLine& number(std::string_view key, Fixed value) {
    return raw(key, exact(value));
  }
  /// `json` is well-formed.
  JsonLine& raw(std::string_view key, std::string_view json) {
    begin(key);
    out_ += json;
    return *this;
  }
  /// Opens an object or array under a key; close it with `close`.
  JsonLine& open(std::string_view key, char bracket) {
    begin(key);
    out_.push_back(bracket);
    first_ = true;
    return *this;
  }
  /// Opens an object inside an array.
  JsonLine& element() {
    comma();
    out_.push_back('{');
    first_ = true;
    return *this;
  }
  JsonLine& close(char bracket) {
    out_.push_back(bracket);
    first_ = false;
    return *this;
  }
  /// Ends the object and the line.
  void end() { out_ += "}\n"; }

 private:
  void comma() {
    if (!first_) out_.push_back(',');
    first_ = false;
  }
  void begin(std::string_view key) {
    comma();
    append_json_string(out_, key);
    out_.push_back(':');
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace evenkeel::apps
