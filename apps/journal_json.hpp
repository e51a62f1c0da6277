// A record of a journal as one line of JSON: every field that means something, numbers exact, ids
// as the numbers that they are (which name they stand for is in the configuration that the journal
// holds). The same record always gives the same line.
#pragma once

#include <string>
#include <string_view>

#include "core/journal.hpp"

namespace evenkeel::apps {

std::string_view name_of(EventType type);
std::string_view name_of(IntentType type);

/// Appends the line with its newline. `where`: with the segment and the offset that it lies at.
void append_record_json(std::string& out, const JournalRecord& record, bool where = true);

}  // namespace evenkeel::apps
