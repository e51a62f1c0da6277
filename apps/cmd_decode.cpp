// evenkeel decode: what the decoder sees in a capture.
#include <cstdio>

#include "apps/cli.hpp"
#include "feeds/capture_reader.hpp"
#include "feeds/decode_json.hpp"

namespace evenkeel::apps {

int run_decode(const DecodeCommandOptions& options) {
  absl::StatusOr<feeds::CaptureReader> capture = feeds::CaptureReader::open(options.file);
  if (!capture.ok()) return fail(capture.status(), kExitData);
  // Without --json only the summary is wanted; the decoder still prints, to nowhere.
  std::FILE* nowhere = options.json ? nullptr : std::fopen("/dev/null", "w");
  std::FILE* out = nowhere != nullptr ? nowhere : stdout;
  feeds::DecodeOptions decode;
  decode.port = options.port;
  feeds::DecodeSummary summary;
  const absl::Status status = feeds::decode_to_json(*capture, decode, out, summary);
  if (nowhere != nullptr) std::fclose(nowhere);
  const bool printed = std::fflush(stdout) == 0;
  std::fputs(feeds::describe(summary).c_str(), stderr);
  if (!status.ok()) {
    // The reader of our pipe has had enough (head, for one): that is no fault of the data.
    const bool pipe_closed = absl::IsUnavailable(status);
    return fail(status, pipe_closed ? kExitConnectivity : kExitData);
  }
  return printed ? kExitOk : kExitConnectivity;
}

}  // namespace evenkeel::apps
