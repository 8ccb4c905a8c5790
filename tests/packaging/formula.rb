# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Runs the blocks of a formula without Homebrew, with the few names of its language that they use:
#   ruby formula.rb FORMULA install PREFIX   runs `install` in the current folder
#   ruby formula.rb FORMULA test PREFIX      runs the block `test` against the files in PREFIX
require "fileutils"
require "pathname"
require "shellwords"
require "tmpdir"

class Pathname
  def install(files)
    mkpath
    FileUtils.mv(files, self)
  end
end

class Formula
  FIELDS = {}

  class << self
    attr_reader :test_block

    %w[desc homepage url version sha256 license depends_on].each do |field|
      define_method(field) { |*values, **options| FIELDS[field] = [values, options] }
    end

    def test(&block)
      @test_block = block
    end
  end

  attr_reader :prefix, :testpath

  def initialize(prefix)
    @prefix = Pathname(prefix)
    @testpath = Pathname(Dir.mktmpdir)
  end

  def share
    @prefix/"share"
  end
  alias opt_share share

  def system(*command)
    Kernel.system(*command.map(&:to_s)) || abort("failed: #{command.shelljoin}")
  end

  def shell_output(command)
    output = `#{command}`
    $?.success? ? output : abort("failed: #{command}")
  end

  def assert_equal(wanted, found)
    abort("#{wanted.inspect} expected, #{found.inspect} found") if wanted != found
  end
end

def ENV.cc
  "cc"
end

file, block, prefix = ARGV
load file
formula = OrthancPython.new(prefix)
abort("no caveats") if formula.caveats.empty?
case block
when "install" then formula.install
when "test" then Dir.chdir(formula.testpath) { formula.instance_exec(&OrthancPython.test_block) }
end
