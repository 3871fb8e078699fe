package dataflowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc"
)

// pool starts worker processes as the boot program of the SDK's container does:
// the binary gets its endpoints as flags and the pipeline's options as a file.
type pool struct {
	fnpb.UnimplementedBeamFnExternalWorkerPoolServer

	address string
	dir     string // holds the binary and the options
	env     []string
	server  *grpc.Server

	mu      sync.Mutex
	workers map[string]*exec.Cmd
}

func newPool(worker []byte, goOptions json.RawMessage, env []string) (_ *pool, err error) {
	p := &pool{workers: map[string]*exec.Cmd{}}
	if p.dir, err = os.MkdirTemp("", "dataflowtest-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(p.dir)
		}
	}()
	options, err := json.Marshal(map[string]json.RawMessage{"beam:option:go_options:v1": goOptions})
	if err != nil {
		return nil, err
	}
	if err = os.WriteFile(filepath.Join(p.dir, "options.json"), options, 0o600); err != nil {
		return nil, err
	}
	if err = os.WriteFile(filepath.Join(p.dir, "worker"), worker, 0o700); err != nil { //nolint:gosec // it is run
		return nil, err
	}
	p.env = append(append(os.Environ(), env...), "PIPELINE_OPTIONS_FILE="+filepath.Join(p.dir, "options.json"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.address, p.server = listener.Addr().String(), grpc.NewServer()
	fnpb.RegisterBeamFnExternalWorkerPoolServer(p.server, p)
	go p.server.Serve(listener) //nolint:errcheck // it ends with close
	return p, nil
}

// StartWorker implements the pool's service.
func (p *pool) StartWorker(_ context.Context, r *fnpb.StartWorkerRequest) (*fnpb.StartWorkerResponse, error) {
	cmd := exec.Command(filepath.Join(p.dir, "worker"), //nolint:gosec // the staged binary, as the service runs it
		"--worker=true", "--id="+r.GetWorkerId(),
		"--logging_endpoint="+r.GetLoggingEndpoint().GetUrl(),
		"--control_endpoint="+r.GetControlEndpoint().GetUrl(),
		"--semi_persist_dir="+p.dir)
	cmd.Env, cmd.Stderr = p.env, os.Stderr
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return &fnpb.StartWorkerResponse{Error: fmt.Sprintf("the worker does not start: %v", err)}, nil
	}
	p.workers[r.GetWorkerId()] = cmd
	return &fnpb.StartWorkerResponse{}, nil
}

// StopWorker implements the pool's service.
func (p *pool) StopWorker(_ context.Context, r *fnpb.StopWorkerRequest) (*fnpb.StopWorkerResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(r.GetWorkerId())
	return &fnpb.StopWorkerResponse{}, nil
}

// end must be called under the lock.
func (p *pool) end(id string) {
	if cmd := p.workers[id]; cmd != nil {
		delete(p.workers, id)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func (p *pool) close() {
	p.server.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.workers {
		p.end(id)
	}
	_ = os.RemoveAll(p.dir)
}
