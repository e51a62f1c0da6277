#include "core/posix_storage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "core/check.hpp"
#include "core/join.hpp"

namespace evenkeel {
namespace {

constexpr std::string_view kPart = ".part";
constexpr const char* kLockName = ".lock";

absl::Status failure(std::string_view doing, std::string_view path, int error) {
  const std::string message =
      join(path, ": cannot ", doing, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(message);
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    default:
      return absl::UnavailableError(message);
  }
}

/// Calls again while a signal interrupts.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

absl::Status write_all(int file, const std::string& path, std::uint64_t offset,
                       std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = uninterrupted(
        [&] { return ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (wrote < 0) return failure(join("write at ", offset), path, errno);
    // A write of nothing that reports no error would loop for ever.
    if (wrote == 0) return failure(join("write at ", offset), path, EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    offset += static_cast<std::uint64_t>(wrote);
  }
  return absl::OkStatus();
}

absl::Status write_zeroes(int file, const std::string& path, std::uint64_t bytes) {
  // Room first, in one piece and refused at once when there is none. Some file systems cannot; then
  // the writing itself finds out.
  if (bytes > 0 && ::fallocate(file, 0, 0, static_cast<off_t>(bytes)) != 0 &&
      (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
    return failure(join("make room for ", bytes, " bytes"), path, errno);
  }
  const std::vector<std::byte> zeroes(
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes, std::uint64_t{1} << 20)));
  for (std::uint64_t at = 0; at < bytes;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(zeroes.size(), bytes - at));
    absl::Status status = write_all(file, path, at, std::span(zeroes).first(step));
    if (!status.ok()) return status;
    at += step;
  }
  return absl::OkStatus();
}

class PosixFile final : public StorageFile {
 public:
  PosixFile(int file, std::string path, std::uint64_t size)
      : file_(file), path_(std::move(path)), size_(size) {}

  absl::Status write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    absl::Status status = write_all(file_.get(), path_, offset, bytes);
    if (status.ok()) size_ = std::max(size_, offset + bytes.size());
    return status;
  }
  absl::StatusOr<std::size_t> read(std::uint64_t offset, std::span<std::byte> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = uninterrupted([&] {
        return ::pread(file_.get(), bytes.data() + done, bytes.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return failure(join("read at ", offset + done), path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  absl::Status sync() override {
    // Not repeated after EINTR or anything else: the system forgets which pages it failed to write.
    if (::fdatasync(file_.get()) != 0) return failure("sync", path_, errno);
    return absl::OkStatus();
  }
  std::uint64_t size() const override { return size_; }

 private:
  Descriptor file_;
  std::string path_;
  std::uint64_t size_;
};

bool plain_name(std::string_view name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos && name.size() <= 200;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PosixStorage>> PosixStorage::open(std::string folder) {
  const int dir =
      uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (dir < 0) return failure("open the folder", folder, errno);
  return std::unique_ptr<PosixStorage>(new PosixStorage(std::move(folder), dir));
}

absl::StatusOr<std::unique_ptr<PosixStorage>> PosixStorage::make(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (::mkdir(folder.c_str(), 0755) == 0) {
    // The folder's own name must be on the disk too.
    const std::size_t slash = folder.rfind('/');
    const std::string parent = slash == std::string::npos ? "."
                               : slash == 0               ? "/"
                                                          : folder.substr(0, slash);
    const Descriptor dir(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (dir.get() < 0 || ::fsync(dir.get()) != 0) return failure("sync", parent, errno);
  } else if (errno != EEXIST) {
    return failure("make the folder", folder, errno);
  }
  return open(std::move(folder));
}

PosixStorage::~PosixStorage() {
  if (lock_ >= 0) ::close(lock_);
  if (dir_ >= 0) ::close(dir_);
}

std::string PosixStorage::path(std::string_view name) const { return join(folder_, "/", name); }

absl::Status PosixStorage::sync_folder() const {
  if (::fsync(dir_) != 0) return failure("sync the folder", folder_, errno);
  return absl::OkStatus();
}

// Two threads may be making the same file; each has a name of its own for it.
std::string PosixStorage::unfinished_name(std::string_view name) const {
  static std::atomic<std::uint64_t> counter{0};
  return join(name, ".", ::getpid(), "-", counter.fetch_add(1), kPart);
}

absl::StatusOr<std::unique_ptr<StorageFile>> PosixStorage::create(std::string_view name,
                                                                  std::uint64_t bytes) {
  EVENKEEL_CHECK(plain_name(name));
  const std::string final_name(name);
  if (::faccessat(dir_, final_name.c_str(), F_OK, 0) == 0) {
    return failure("create", path(name), EEXIST);
  }
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return failure("create", path(name), EFBIG);
  }
  const std::string unfinished = unfinished_name(name);
  Descriptor file(uninterrupted([&] {
    return ::openat(dir_, unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  }));
  if (file.get() < 0) return failure("create", path(unfinished), errno);
  absl::Status status = write_zeroes(file.get(), path(name), bytes);
  if (status.ok() && ::fsync(file.get()) != 0) status = failure("sync", path(name), errno);
  // By a link, which refuses a name that somebody else has taken meanwhile.
  if (status.ok() && ::linkat(dir_, unfinished.c_str(), dir_, final_name.c_str(), 0) != 0) {
    status = failure("create", path(name), errno);
  }
  ::unlinkat(dir_, unfinished.c_str(), 0);
  if (status.ok()) {
    status = sync_folder();
    // A name that may not be on the disk is not one to be found and written to.
    if (!status.ok()) ::unlinkat(dir_, final_name.c_str(), 0);
  }
  if (!status.ok()) return status;
  return std::make_unique<PosixFile>(file.release(), path(name), bytes);
}

absl::StatusOr<std::unique_ptr<StorageFile>> PosixStorage::open(std::string_view name,
                                                                bool writable) {
  EVENKEEL_CHECK(plain_name(name));
  const std::string file_name(name);
  Descriptor file(uninterrupted([&] {
    return ::openat(dir_, file_name.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  }));
  if (file.get() < 0) return failure("open", path(name), errno);
  struct stat found = {};
  if (::fstat(file.get(), &found) != 0) return failure("open", path(name), errno);
  if (!S_ISREG(found.st_mode)) {
    return absl::UnavailableError(join(path(name), ": is not a regular file"));
  }
  return std::make_unique<PosixFile>(file.release(), path(name),
                                     static_cast<std::uint64_t>(found.st_size));
}

absl::Status PosixStorage::put(std::string_view name, std::string_view content) {
  EVENKEEL_CHECK(plain_name(name));
  const std::string final_name(name);
  const std::string unfinished = unfinished_name(name);
  const Descriptor file(uninterrupted([&] {
    return ::openat(dir_, unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  }));
  if (file.get() < 0) return failure("write", path(unfinished), errno);
  absl::Status status = write_all(file.get(), path(name), 0,
                                  std::as_bytes(std::span(content.data(), content.size())));
  if (status.ok() && ::fsync(file.get()) != 0) status = failure("sync", path(name), errno);
  if (status.ok() && ::renameat(dir_, unfinished.c_str(), dir_, final_name.c_str()) != 0) {
    status = failure("write", path(name), errno);
  }
  if (!status.ok()) {
    ::unlinkat(dir_, unfinished.c_str(), 0);
    return status;
  }
  return sync_folder();
}

absl::Status PosixStorage::rename(std::string_view from, std::string_view to) {
  EVENKEEL_CHECK(plain_name(from) && plain_name(to));
  if (::renameat(dir_, std::string(from).c_str(), dir_, std::string(to).c_str()) != 0) {
    return failure(join("rename to ", to), path(from), errno);
  }
  return sync_folder();
}

absl::Status PosixStorage::remove(std::string_view name) {
  EVENKEEL_CHECK(plain_name(name));
  if (::unlinkat(dir_, std::string(name).c_str(), 0) != 0) {
    return failure("remove", path(name), errno);
  }
  return sync_folder();
}

absl::StatusOr<std::vector<std::string>> PosixStorage::regular_files() const {
  // A descriptor of its own, because reading a folder moves a position.
  const int own = ::openat(dir_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const dir = own < 0 ? nullptr : ::fdopendir(own);
  if (dir == nullptr) {
    const int error = errno;
    if (own >= 0) ::close(own);
    return failure("read the folder", folder_, error);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view name = entry->d_name;
    struct stat found = {};
    if (name[0] != '.' && ::fstatat(dir_, entry->d_name, &found, 0) == 0 &&
        S_ISREG(found.st_mode)) {
      names.emplace_back(name);
    }
    errno = 0;
  }
  const int error = errno;
  ::closedir(dir);
  if (error != 0) return failure("read the folder", folder_, error);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<std::string>> PosixStorage::list() {
  absl::StatusOr<std::vector<std::string>> names = regular_files();
  if (names.ok()) std::erase_if(*names, [](const auto& name) { return name.ends_with(kPart); });
  return names;
}

absl::Status PosixStorage::remove_unfinished() const {
  const absl::StatusOr<std::vector<std::string>> names = regular_files();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name.ends_with(kPart) && ::unlinkat(dir_, name.c_str(), 0) != 0) {
      return failure("remove", path(name), errno);
    }
  }
  return absl::OkStatus();
}

absl::Status PosixStorage::lock() {
  if (lock_ >= 0) return absl::OkStatus();
  Descriptor file(
      uninterrupted([&] { return ::openat(dir_, kLockName, O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
  if (file.get() < 0) return failure("lock", path(kLockName), errno);
  if (uninterrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return failure("lock", path(kLockName), errno);
    char text[32] = {};
    const ssize_t got = ::pread(file.get(), text, sizeof text - 1, 0);
    int holder = 0;
    const bool known = got > 0 && std::from_chars(text, text + got, holder).ec == std::errc();
    return absl::FailedPreconditionError(
        join(folder_, ": another process works here", known ? join(" (process ", holder, ")") : "",
             "; end it first, there is nothing to be removed by hand"));
  }
  const std::string holder = join(::getpid(), "\n");
  if (::ftruncate(file.get(), 0) != 0) return failure("lock", path(kLockName), errno);
  absl::Status status = write_all(file.get(), path(kLockName), 0,
                                  std::as_bytes(std::span(holder.data(), holder.size())));
  if (status.ok()) status = remove_unfinished();
  if (status.ok()) lock_ = file.release();
  return status;
}

}  // namespace evenkeel
