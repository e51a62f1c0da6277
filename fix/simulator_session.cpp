#include "fix/simulator_session.hpp"

#include "absl/strings/str_cat.h"

namespace evenkeel::fix {

absl::StatusOr<std::unique_ptr<SessionHost>> open_acceptor(const std::string& sender,
                                                           const std::string& target,
                                                           std::string_view kind,
                                                           Transport& transport,
                                                           Application& application) {
  SessionSettings settings;
  settings.role = SessionRole::kAcceptor;
  settings.sender_comp_id = sender;
  settings.target_comp_id = target;
  settings.resend_application_messages = true;
  StoreOptions store;
  store.identity =
      absl::StrCat("FIX.4.4:", sender, "->", target, absl::string_view(kind.data(), kind.size()));
  std::string problem;
  auto host = SessionHost::create(settings, SequenceStore::in_memory(store, &problem), &transport,
                                  &application, &problem);
  if (host == nullptr) return absl::InvalidArgumentError(problem);
  return host;
}

}  // namespace evenkeel::fix
