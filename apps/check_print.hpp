// The report of `evenkeel check` as text and as JSON. Only prints.
#pragma once

#include <string>

#include "apps/check_report.hpp"
#include "apps/config/desk_config.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {

/// For people: the machine, each policy's tree, each portfolio against it.
std::string report_text(const DeskConfig& desk, const DeskReport& report);

/// One JSON object and a newline. `desk` and `report` are null when the desk does not load;
/// `problem` then says why, when the complaints do not.
std::string report_json(const DeskConfig* desk, const DeskReport* report,
                        const rules::Complaints& complaints, std::string_view problem);

/// "250ms", "1m30s": exact, with the largest units that fit.
std::string exact_duration(DurationNs duration);

}  // namespace evenkeel::apps
