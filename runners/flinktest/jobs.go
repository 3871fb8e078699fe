package flinktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/artifact"
	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// jobService is Beam's job server.
type jobService struct {
	jobpb.UnimplementedJobServiceServer
	*Server
}

// Prepare keeps a job.
func (s *jobService) Prepare(_ context.Context, r *jobpb.PrepareJobRequest) (*jobpb.PrepareJobResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &Job{Name: r.GetJobName(), Pipeline: r.GetPipeline(), Options: r.GetPipelineOptions(), number: len(s.jobs) + 1}
	s.jobs = append(s.jobs, j)
	return &jobpb.PrepareJobResponse{
		PreparationId: preparation(j), StagingSessionToken: preparation(j),
		ArtifactStagingEndpoint: &pipepb.ApiServiceDescriptor{Url: s.Endpoint},
	}, nil
}

// Run lets a prepared job run.
func (s *jobService) Run(_ context.Context, r *jobpb.RunJobRequest) (*jobpb.RunJobResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.find(r.GetPreparationId())
	if j == nil || j.Worker == nil {
		return nil, status.Error(codes.FailedPrecondition, "not prepared, or nothing was staged")
	}
	// As Beam's: the name and something unique.
	j.ID, j.State, j.Flink = fmt.Sprintf("%s_%08d-0000-4000", j.Name, j.number), jobpb.JobState_RUNNING, "RUNNING"
	s.tell()
	return &jobpb.RunJobResponse{JobId: j.ID}, nil
}

// GetJobs lists all jobs.
func (s *jobService) GetJobs(context.Context, *jobpb.GetJobsRequest) (*jobpb.GetJobsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := new(jobpb.GetJobsResponse)
	for _, j := range s.jobs {
		if j.ID != "" {
			out.JobInfo = append(out.JobInfo, &jobpb.JobInfo{JobId: j.ID, JobName: j.Name, State: j.State})
		}
	}
	return out, nil
}

// GetState tells the state of a job.
func (s *jobService) GetState(_ context.Context, r *jobpb.GetJobStateRequest) (*jobpb.JobStateEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	j := s.find(r.GetJobId())
	if j == nil {
		return nil, unknown(r.GetJobId())
	}
	return &jobpb.JobStateEvent{State: j.State, Timestamp: timestamppb.New(time.Unix(int64(j.number), 0))}, nil
}

// Cancel calls a job cancelled, whatever Flink does with it.
func (s *jobService) Cancel(_ context.Context, r *jobpb.CancelJobRequest) (*jobpb.CancelJobResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.find(r.GetJobId())
	if j == nil {
		return nil, unknown(r.GetJobId())
	}
	j.State = jobpb.JobState_CANCELLED
	s.tell()
	return &jobpb.CancelJobResponse{State: j.State}, nil
}

// GetMessageStream sends a job's messages, the error between two others.
func (s *jobService) GetMessageStream(r *jobpb.JobMessagesRequest, stream jobpb.JobService_GetMessageStreamServer) error {
	s.mu.Lock()
	j := s.find(r.GetJobId())
	if j == nil {
		s.mu.Unlock()
		return unknown(r.GetJobId())
	}
	text := j.Message
	s.mu.Unlock()
	send := func(importance jobpb.JobMessage_MessageImportance, text string) error {
		return stream.Send(&jobpb.JobMessagesResponse{Response: &jobpb.JobMessagesResponse_MessageResponse{
			MessageResponse: &jobpb.JobMessage{Importance: importance, MessageText: text},
		}})
	}
	err := send(jobpb.JobMessage_JOB_MESSAGE_BASIC, "it began")
	if text != "" {
		err = errors.Join(err, send(jobpb.JobMessage_JOB_MESSAGE_ERROR, text))
	}
	return errors.Join(err, send(jobpb.JobMessage_JOB_MESSAGE_BASIC, "it ended"))
}

func unknown(id string) error { return status.Errorf(codes.NotFound, "no job %s", id) }

// stagingService takes what jobs take along.
type stagingService struct {
	jobpb.UnimplementedArtifactStagingServiceServer
	*Server
}

// ReverseArtifactRetrievalService asks for the worker of the job that the client
// names.
func (s *stagingService) ReverseArtifactRetrievalService(stream jobpb.ArtifactStagingService_ReverseArtifactRetrievalServiceServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	s.mu.Lock()
	j := s.find(first.GetStagingToken())
	s.mu.Unlock()
	if j == nil {
		return status.Error(codes.NotFound, "nothing is prepared under that token")
	}
	for _, environment := range j.Pipeline.GetComponents().GetEnvironments() {
		for _, dependency := range environment.GetDependencies() {
			// Beam's job server names its copy by the path where it is told no name, and does
			// not find it to remove it where there is a slash in the name.
			var role pipepb.ArtifactStagingToRolePayload
			if err := proto.Unmarshal(dependency.GetRolePayload(), &role); err != nil || dependency.GetRoleUrn() != artifact.URNStagingTo || role.GetStagedName() == "" {
				return status.Error(codes.InvalidArgument, "an artifact without a name, of which the job server's copy is never removed")
			}
			if err := stream.Send(&jobpb.ArtifactRequestWrapper{Request: &jobpb.ArtifactRequestWrapper_GetArtifact{
				GetArtifact: &jobpb.GetArtifactRequest{Artifact: dependency},
			}}); err != nil {
				return err
			}
			content := []byte{}
			for last := false; !last; {
				part, err := stream.Recv()
				if errors.Is(err, io.EOF) {
					return status.Error(codes.DataLoss, "the file was cut short")
				}
				if err != nil {
					return err
				}
				content = append(content, part.GetGetArtifactResponse().GetData()...)
				last = part.GetIsLast()
			}
			s.mu.Lock()
			j.Worker = content
			s.mu.Unlock()
		}
	}
	return nil
}
