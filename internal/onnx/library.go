package onnx

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is ONNX Runtime, loaded.
type Library struct {
	path      string
	handle    uintptr
	version   string
	api       []uintptr // struct OrtApi
	env       uintptr
	memory    uintptr // describes Go's memory to the runtime
	allocator uintptr // the runtime's own
	providers []string
}

var libraries struct {
	sync.Mutex
	loaded map[string]*Library
}

// Load loads ONNX Runtime from a shared library, which a name without a slash
// leaves to the system's loader to find; a path is loaded once per process.
func Load(path string) (*Library, error) {
	if strings.Contains(path, "/") {
		var err error
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
	}
	libraries.Lock()
	defer libraries.Unlock()
	if l := libraries.loaded[path]; l != nil {
		return l, nil
	}
	l := &Library{path: path}
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("onnx runtime: %w", err)
	}
	if libraries.loaded == nil {
		libraries.loaded = map[string]*Library{}
	}
	libraries.loaded[path] = l
	return l, nil
}

func (l *Library) load() error {
	var err error
	if l.handle, err = purego.Dlopen(l.path, purego.RTLD_NOW|purego.RTLD_LOCAL); err != nil {
		return fmt.Errorf("%w%s", err, hint(err.Error()))
	}
	base, err := purego.Dlsym(l.handle, "OrtGetApiBase")
	if err != nil {
		return fmt.Errorf("%s is not ONNX Runtime: it has no OrtGetApiBase", l.path)
	}
	// struct OrtApiBase { GetApi(uint32), GetVersionString() }
	address, _, _ := purego.SyscallN(base)
	functions := unsafe.Slice((*uintptr)(memory(address)), 2)
	version, _, _ := purego.SyscallN(functions[1])
	l.version = goString(version)
	api, _, _ := purego.SyscallN(functions[0], apiVersion)
	if api == 0 {
		return fmt.Errorf("%s is version %s; 1.%d or later is needed", l.path, l.version, apiVersion)
	}
	l.api = unsafe.Slice((*uintptr)(memory(api)), apiFunctions)
	return l.begin()
}

// hint says what to do about the usual reasons why a library does not load.
func hint(fault string) string {
	switch {
	case strings.Contains(fault, "libstdc++"), strings.Contains(fault, "libgcc_s"):
		return " (ONNX Runtime needs libstdc++ and libgcc_s, which distroless images lack: use the image of docs/embedders.md, or install libstdc++6)"
	case strings.Contains(fault, "GLIBC"):
		return " (ONNX Runtime needs a newer C library than this system has: glibc 2.28 or later and its libstdc++)"
	case strings.Contains(fault, "wrong ELF class"), strings.Contains(fault, "invalid ELF header"), strings.Contains(fault, "incompatible architecture"), strings.Contains(fault, "file too short"):
		return " (it is no shared library for this processor)"
	case strings.Contains(fault, "No such file"), strings.Contains(fault, "no such file"):
		return " (embed.runtime_library is the path of libonnxruntime.so; pip's onnxruntime package has it in onnxruntime/capi)"
	}
	return ""
}

// begin makes what every session needs.
func (l *Library) begin() error {
	var pin pinner
	defer pin.Unpin()
	env, envAt := pin.word()
	if err := l.call(createEnv, logFatal, pin.string("leveler"), envAt); err != nil {
		return err
	}
	l.env = *env
	info, infoAt := pin.word()
	if err := l.call(createCPUMemoryInfo, arenaAllocator, defaultMemoryType, infoAt); err != nil {
		return err
	}
	l.memory = *info
	allocator, allocatorAt := pin.word()
	if err := l.call(getAllocatorWithDefaultOptions, allocatorAt); err != nil {
		return err
	}
	l.allocator = *allocator

	names, namesAt := pin.word()
	count := new(int32)
	pin.Pin(count)
	if err := l.call(getAvailableProviders, namesAt, uintptr(unsafe.Pointer(count))); err != nil {
		return err
	}
	for _, name := range unsafe.Slice((*uintptr)(memory(*names)), int(*count)) {
		l.providers = append(l.providers, strings.TrimSuffix(goString(name), "ExecutionProvider"))
	}
	return l.call(releaseAvailableProviders, *names, uintptr(*count))
}

// Path returns the library's path.
func (l *Library) Path() string { return l.path }

// Version returns the library's version, such as 1.32.0.
func (l *Library) Version() string { return l.version }

// Providers returns the execution providers that the library was built with,
// such as CPU and CUDA.
func (l *Library) Providers() []string { return slices.Clone(l.providers) }

// cudaDevice is the device that the CUDA provider uses.
const cudaDevice = 0

// useCUDA makes sessions of the options run on the first CUDA device.
func (l *Library) useCUDA(options uintptr) error {
	appendCUDA, err := purego.Dlsym(l.handle, "OrtSessionOptionsAppendExecutionProvider_CUDA")
	if err != nil || !slices.Contains(l.providers, "CUDA") {
		return fmt.Errorf("execution_provider cuda: %s %s was built without it (it has %s); use ONNX Runtime's GPU build, or execution_provider: cpu",
			l.path, l.version, strings.Join(l.providers, ", "))
	}
	status, _, _ := purego.SyscallN(appendCUDA, options, cudaDevice)
	if err := l.check(status); err != nil {
		return fmt.Errorf("execution_provider cuda: %w; is there a CUDA device, and its driver, on this machine?", err)
	}
	return nil
}
