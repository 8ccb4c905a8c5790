# The release fills in the version and the checksum: packaging/assemble.py
class OrthancPython < Formula
  desc "Run Python scripts inside the DICOM server Orthanc"
  homepage "https://pypi.org/project/orthanc-python/"
  url "https://files.pythonhosted.org/packages/source/o/orthanc-python/orthanc_python-@VERSION@.tar.gz"
  sha256 "@SHA256@"
  license all_of: ["AGPL-3.0-or-later", "MIT"]

  depends_on "cmake" => :build
  # The generators run with it. Which Python runs the scripts is found when Orthanc starts.
  uses_from_macos "python" => :build

  def install
    system "cmake", "-S", ".", "-B", "build", "-DPYTHON_VERSION=any", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  def caveats
    <<~EOS
      Add the plugin and your script to Orthanc's configuration:
        "Plugins": ["#{opt_share}/orthanc/plugins"],
        "PythonScript": "/path/to/script.py"
    EOS
  end

  test do
    library = share/"orthanc/plugins"/shared_library("libOrthancPython")
    (testpath/"test.c").write <<~C
      #include <dlfcn.h>
      #include <stdio.h>
      int main(int argc, char** argv) {
        void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) return 1;
        const char* (*name)(void) = (const char* (*)(void))dlsym(library, "OrthancPluginGetName");
        return name ? puts(name()) < 0 : 1;
      }
    C
    system ENV.cc, "test.c", "-o", "test"
    assert_equal "python", shell_output("./test #{library}").strip
  end
end
