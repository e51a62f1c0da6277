#include "apps/check.hpp"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "apps/check_print.hpp"
#include "apps/check_report.hpp"
#include "apps/cli.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/config/market_toml.hpp"

namespace evenkeel::apps {
namespace {

/// "2 errors, 1 warning".
std::string counts_text(const rules::Complaints& complaints) {
  const std::size_t errors = complaints.error_count();
  const auto warnings = static_cast<std::size_t>(
      std::count_if(complaints.all().begin(), complaints.all().end(),
                    [](const auto& c) { return c.severity == rules::Severity::kWarning; }));
  const auto plural = [](std::size_t n, const char* what) {
    return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
  };
  if (errors != 0 && warnings != 0) {
    return plural(errors, "error") + ", " + plural(warnings, "warning");
  }
  return errors != 0 ? plural(errors, "error") : plural(warnings, "warning");
}

void print_complaints(const rules::Complaints& complaints, std::ostream& err) {
  for (const rules::Complaint& complaint : complaints.all()) err << complaint.text() << "\n";
}

/// The synthetic market of a desk is optional; a broken one is worth knowing of.
void check_market(const DeskConfig& desk, rules::Complaints& complaints) {
  const std::string file = desk.folder + "/market.toml";
  const auto text = read_text_file(file);
  if (text.ok()) read_market(*text, file, desk.instruments, complaints);
}

int verdict(const rules::Complaints& complaints) { return complaints.ok() ? kExitOk : kExitConfig; }

}  // namespace

int check_desk(const CheckRequest& request, std::ostream& out, std::ostream& err) {
  rules::Complaints complaints;
  const auto desk = load_desk(request.desk, complaints);
  if (!desk.ok()) {
    const bool unreadable = complaints.ok();
    const std::string problem(unreadable ? desk.status().message() : "");
    if (request.json) {
      out << report_json(nullptr, nullptr, complaints, problem);
    } else if (unreadable) {
      err << "evenkeel: " << problem << "\n";
    } else {
      print_complaints(complaints, err);
      err << counts_text(complaints) << ": this desk cannot run\n";
    }
    return unreadable ? kExitUsage : kExitConfig;
  }
  const DeskReport report = examine(*desk, complaints);
  check_market(*desk, complaints);
  if (request.json) {
    out << report_json(&*desk, &report, complaints, "");
    return verdict(complaints);
  }
  out << report_text(*desk, report) << "\n";
  out.flush();
  print_complaints(complaints, err);
  if (!complaints.ok()) {
    err << counts_text(complaints) << ": this desk could not do its work\n";
  } else if (complaints.all().empty()) {
    out << "nothing to complain about\n";
  } else {
    out << counts_text(complaints) << "; this desk can run\n";
  }
  return verdict(complaints);
}

}  // namespace evenkeel::apps
