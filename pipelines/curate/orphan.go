package main

import (
	"os"
	"strconv"
	"time"

	"leveler/runners"
)

// leaveWithParent ends this worker when the process that started it has gone. A
// TaskManager stops Beam's boot and not what boot has started, and the harness of
// Beam's Go SDK hangs around for ever once its connection has ended.
func leaveWithParent() {
	parent := os.Getppid()
	if started, err := strconv.Atoi(os.Getenv(runners.WorkerParent)); err == nil {
		parent = started // it may have gone while this program was loaded
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(time.Second)
		}
		os.Exit(0)
	}()
}
