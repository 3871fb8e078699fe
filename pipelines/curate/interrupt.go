package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// errInterrupted is why the context ended.
var errInterrupted = errors.New("interrupted; run the same command again to go on from here")

// remote tells that jobs run on an engine elsewhere, where they would go on
// without this process.
var remote atomic.Bool

// exitInterrupted is the exit code: 128 and SIGINT.
const exitInterrupted = 130

// onSignal ends the process at once where jobs run in it: they stop with it,
// and what is committed stays. A job elsewhere is cancelled first, unless a second
// signal comes.
func onSignal(cancel context.CancelCauseFunc) {
	c := make(chan os.Signal, 2)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	<-c
	if remote.Load() {
		fmt.Fprintln(os.Stderr, "\ncurate: interrupted; ending the engine's job (interrupt again to leave at once)")
		cancel(errInterrupted)
		<-c
		fmt.Fprintln(os.Stderr, "\ncurate: left at once; a job may go on, and the same command finds it and goes on from there")
		os.Exit(exitInterrupted)
	}
	fmt.Fprintln(os.Stderr, "\ncurate: "+errInterrupted.Error())
	os.Exit(exitInterrupted)
}
