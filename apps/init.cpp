#include "apps/init.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "apps/config/examples.hpp"

namespace evenkeel::apps {
namespace {

struct About {
  std::string_view example, what;
};
constexpr About kAbout[] = {
    {"balanced", "a cash portfolio with sleeves within sleeves, in two currencies"},
    {"demo", "the three portfolios of `evenkeel demo` over one synthetic market"},
    {"endowment", "$500m, a third of which cannot be traded"},
    {"iex", "two portfolios for a recorded day of IEX TOPS"},
    {"monitor", "two portfolios watched by the 5/25 rule; sends no orders"},
    {"sixty-forty", "a 60/40 fund steered with ES and ZN futures"},
};

std::string_view about(std::string_view example) {
  const auto at = std::find_if(std::begin(kAbout), std::end(kAbout),
                               [&](const About& a) { return a.example == example; });
  return at == std::end(kAbout) ? "" : at->what;
}

void list_examples(std::ostream& out) {
  for (const std::string_view name : example_names()) {
    out << "  " << name << std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') << about(name)
        << "\n";
  }
}

void say_what_was_written(const InitRequest& request, std::ostream& out) {
  out << "wrote " << request.folder << ": " << about(request.example) << "\n";
  bool has_market = false;
  for (const ExampleFile& file : example_files()) {
    if (file.example != request.example) continue;
    out << "  " << file.path << "\n";
    has_market = has_market || file.path == "market.toml";
  }
  out << "next:\n  evenkeel check " << request.folder << "\n";
  if (has_market) {
    out << "  evenkeel paper " << request.folder << "     (in one terminal)\n  evenkeel market "
        << request.folder << "    (in another)\n";
  } else {
    out << "  less " << request.folder << "/README.md\n";
  }
}

}  // namespace

int init_desk(const InitRequest& request, std::ostream& out, std::ostream& err) {
  if (request.list) {
    list_examples(out);
    return kExitOk;
  }
  const absl::Status status = write_example(request.example, request.folder, request.force);
  if (status.ok()) {
    say_what_was_written(request, out);
    return kExitOk;
  }
  err << "evenkeel: " << std::string(status.message()) << "\n";
  if (absl::IsNotFound(status)) {
    err << "examples:\n";
    list_examples(err);
  } else if (absl::IsAlreadyExists(status) && std::filesystem::is_directory(request.folder)) {
    err << "--force overwrites the example's files and leaves all others\n";
  }
  return absl::IsUnavailable(status) ? kExitConfig : kExitUsage;
}

}  // namespace evenkeel::apps
