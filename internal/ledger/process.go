package ledger

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// process identifies a process for others, on this machine and elsewhere.
type process struct {
	PID  int    `json:"pid"`
	Host string `json:"host"`
	// Machine tells machines and containers of one name apart, and a machine before
	// and after a restart; empty where it cannot be known.
	Machine string `json:"machine,omitempty"`
	// Started tells processes of one number apart.
	Started string `json:"started,omitempty"`
}

type state int

const (
	unknown state = iota // on another machine
	alive
	dead
)

func thisProcess() process {
	host, _ := os.Hostname()
	pid := os.Getpid()
	return process{PID: pid, Host: host, Machine: machine(), Started: started(pid)}
}

// state says what is known of p from here.
func (p process) state() state {
	me := thisProcess()
	if p.Machine == "" || p.Machine != me.Machine || p.Host != me.Host {
		return unknown
	}
	if now := started(p.PID); now == "" || now != p.Started {
		return dead
	}
	return alive
}

// machine is the identity of the running system and of its set of processes.
func machine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + space
}

// started is when a process began, in the kernel's units; empty when there is no
// process of that number, or when it has ended and waits to be reaped.
func started(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The name, in parentheses, may hold anything; the state follows it, and the
	// start is the 20th field from there (proc(5)).
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}
