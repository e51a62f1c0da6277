#include "apps/desk_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/system_clock.hpp"

namespace evenkeel::apps {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
};

absl::StatusOr<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot make a pipe: ", std::strerror(errno)));
  }
  return Pipe{ends[0], ends[1]};
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

/// After fork, before exec: only calls that are safe in a copy of a process with threads.
[[noreturn]] void become_child(char* const* arguments, int input, int output, int error,
                               pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above; then nobody will send the signal.
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(input, STDIN_FILENO) < 0) _exit(127);
  if (output >= 0 && dup2(output, STDOUT_FILENO) < 0) _exit(127);
  if (error >= 0 && dup2(error, STDERR_FILENO) < 0) _exit(127);
  execv(arguments[0], arguments);
  _exit(127);
}

int remaining_ms(TimeNs deadline) {
  const DurationNs left = deadline - SystemClock::monotonic();
  if (left <= 0) return 0;
  return static_cast<int>(std::min<DurationNs>(left / kMillisecond + 1, INT_MAX));
}

}  // namespace

std::string own_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return length <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(length));
}

absl::StatusOr<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments,
                                                 const Options& options) {
  absl::StatusOr<Pipe> input = make_pipe();
  if (!input.ok()) return input.status();
  Pipe output;
  if (options.capture_output) {
    const absl::StatusOr<Pipe> made = make_pipe();
    if (!made.ok()) return made.status();
    output = *made;
  }
  int error = -1;
  if (!options.error_file.empty()) {
    error = open(options.error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t id = fork();
  if (id == 0) {
    become_child(pointers.data(), input->read_end, output.write_end, error, parent);
  }
  const int fork_error = errno;
  close_if_open(input->read_end);
  close_if_open(output.write_end);
  close_if_open(error);
  ChildProcess child;
  child.id_ = id;
  child.input_ = input->write_end;
  child.output_ = output.read_end;
  child.output_ended_ = output.read_end < 0;
  if (id < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot start ", arguments[0], ": ", std::strerror(fork_error)));
  }
  setpgid(id, id);  // here, too: whoever comes first
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  if (id_ > 0) stop(0);
  close_all();
  id_ = std::exchange(other.id_, -1);
  input_ = std::exchange(other.input_, -1);
  output_ = std::exchange(other.output_, -1);
  exit_code_ = other.exit_code_;
  output_ended_ = other.output_ended_;
  buffer_ = std::move(other.buffer_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (id_ > 0) stop(0);
  close_all();
}

void ChildProcess::close_all() {
  close_if_open(input_);
  close_if_open(output_);
}

bool ChildProcess::fill(int timeout_ms) {
  if (output_ended_) return false;
  pollfd waiter{output_, POLLIN, 0};
  const int ready = poll(&waiter, 1, timeout_ms);
  if (ready <= 0) return ready < 0 && errno == EINTR;
  std::array<char, 65'536> bytes;
  const ssize_t got = read(output_, bytes.data(), bytes.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got <= 0) {
    output_ended_ = true;
    return false;
  }
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> ChildProcess::take_line() {
  const std::size_t newline = buffer_.find('\n');
  const bool whole = newline != std::string::npos;
  if (!whole && buffer_.size() <= kLineMax && !(output_ended_ && !buffer_.empty())) {
    return std::nullopt;
  }
  const std::size_t length = std::min({newline, buffer_.size(), kLineMax});
  std::string line = buffer_.substr(0, length);
  buffer_.erase(0, whole && length == newline ? length + 1 : length);
  return line;
}

std::optional<std::string> ChildProcess::read_line(DurationNs timeout) {
  const TimeNs deadline = SystemClock::monotonic() + timeout;
  for (;;) {
    if (std::optional<std::string> line = take_line()) return line;
    if (output_ended_) return std::nullopt;
    const int wait_ms = remaining_ms(deadline);
    if (!fill(wait_ms) && !output_ended_ && wait_ms == 0) return std::nullopt;
  }
}

absl::Status ChildProcess::write_line(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t put = write(input_, text.data() + written, text.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return absl::UnavailableError("the child process no longer reads");
    written += static_cast<std::size_t>(put);
  }
  return absl::OkStatus();
}

void ChildProcess::signal(int number) const {
  if (id_ > 0) kill(id_, number);
}

bool ChildProcess::ended() {
  if (id_ <= 0) return true;
  int status = 0;
  const pid_t reaped = waitpid(id_, &status, WNOHANG);
  if (reaped == 0 || (reaped < 0 && errno == EINTR)) return false;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  id_ = -1;
  return true;
}

bool ChildProcess::wait(DurationNs timeout) {
  if (ended()) return true;
  const TimeNs deadline = SystemClock::monotonic() + timeout;
  const int process = static_cast<int>(syscall(SYS_pidfd_open, id_, 0));
  bool over = false;
  do {
    pollfd waiter{process, POLLIN, 0};
    poll(&waiter, 1, process >= 0 ? remaining_ms(deadline) : 5);
    over = ended();
  } while (!over && SystemClock::monotonic() < deadline);
  if (process >= 0) close(process);
  return over;
}

void ChildProcess::stop(DurationNs patience) {
  if (ended()) return;
  signal(SIGTERM);
  if (patience > 0 && wait(patience)) return;
  // The whole group: whatever the child started goes with it.
  kill(-id_, SIGKILL);
  signal(SIGKILL);
  wait(5 * kSecond);
}

}  // namespace evenkeel::apps
