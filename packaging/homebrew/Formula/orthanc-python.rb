# The release fills in the version and the wheel: packaging/assemble.py
class OrthancPython < Formula
  desc "Run Python scripts inside the DICOM server Orthanc"
  homepage "https://pypi.org/project/orthanc-python/"
  url "https://files.pythonhosted.org/packages/py3/o/orthanc-python/@WHEEL@", using: :nounzip
  version "@VERSION@"
  sha256 "@SHA256@"
  license all_of: ["AGPL-3.0-or-later", "MIT"]

  depends_on :macos # the wheel has the library for both of its processors

  def install
    system "unzip", "-q", Dir["*.whl"].first
    (share/"orthanc/plugins").install "orthanc_python/libOrthancPython.dylib"
    prefix.install Dir["orthanc_python-*.dist-info/licenses"]
  end

  def caveats
    <<~EOS
      Add the plugin and your script to Orthanc's configuration:
        "Plugins": ["#{opt_share}/orthanc/plugins"],
        "PythonScript": "/path/to/script.py"
    EOS
  end

  test do
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
    assert_equal "python", shell_output("./test #{share}/orthanc/plugins/libOrthancPython.dylib").strip
  end
end
