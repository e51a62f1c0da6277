// Child processes that cannot outlive their parent: the simulator and the market of a paper desk.
// A child runs in a process group of its own (Ctrl-C at the terminal reaches the parent alone,
// which then ends its children in order) and is killed by the kernel when the parent dies. Lines go
// both ways through pipes. Never a shell, never a path looked up in PATH.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/time.hpp"

namespace evenkeel::apps {

/// The program that is running now, for starting its own subcommands.
std::string own_program();

class ChildProcess {
 public:
  struct Options {
    /// Standard output comes to `read_line`; otherwise it goes where ours goes.
    bool capture_output = true;
    /// Appended to, instead of our standard error, when not empty.
    std::string error_file{};
  };
  /// Starts arguments[0] with `arguments`. Call from the main thread: the kernel kills the child
  /// when the thread that started it ends. Unavailable when it cannot be started.
  static absl::StatusOr<ChildProcess> start(const std::vector<std::string>& arguments,
                                            const Options& options);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  /// Kills and reaps what is still running.
  ~ChildProcess();

  /// The next whole line without its newline; nothing at the end of output or after `timeout`.
  /// Lines longer than `kLineMax` are cut.
  std::optional<std::string> read_line(DurationNs timeout);
  /// The next line that is there already; never waits.
  std::optional<std::string> read_line_now() { return read_line(0); }
  /// Writes a line to the child's standard input. Unavailable when it no longer reads.
  absl::Status write_line(std::string_view line);
  /// The output has ended and every line has been read.
  bool output_ended() const { return output_ended_ && buffer_.empty(); }

  void signal(int number) const;
  /// True once it has ended; its status is then in `exit_code`. Never waits.
  bool ended();
  /// Waits for the end; false when it is still running after `timeout`.
  bool wait(DurationNs timeout);
  /// SIGTERM, then SIGKILL after `patience`; reaps. Lines already written can still be read.
  void stop(DurationNs patience);
  /// The exit status, or 128 + the signal that ended it; meaningful once `ended()`.
  int exit_code() const { return exit_code_; }
  pid_t id() const { return id_; }
  /// For poll(): readable when there may be a line. -1 when the output is not captured.
  int descriptor() const { return output_; }

  static constexpr std::size_t kLineMax = 1 << 20;

 private:
  ChildProcess() = default;
  void close_all();
  bool fill(int timeout_ms);
  std::optional<std::string> take_line();

  pid_t id_ = -1;  // -1: none, or reaped
  int input_ = -1, output_ = -1;
  int exit_code_ = -1;
  bool output_ended_ = false;
  std::string buffer_;
};

}  // namespace evenkeel::apps
