package dataflowtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
)

// grant is the token endpoint: it takes any signed claim for a bearer token.
func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || r.FormValue("assertion") == "" {
		http.Error(w, `{"error": "unsupported_grant_type"}`, http.StatusBadRequest)
		return
	}
	token := rand.Text()
	s.mu.Lock()
	s.tokens[token] = true
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
}

// Credentials writes a service account's key file into dir, for
// GOOGLE_APPLICATION_CREDENTIALS. Its key is fresh and its token endpoint is the
// server's, so it opens nothing else.
func (s *Server) Credentials(dir string) (path string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "fake", "private_key_id": "1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": "driver@fake.iam.gserviceaccount.com", "client_id": "1",
		"token_uri": s.URL + "token",
	})
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "credentials.json")
	return path, os.WriteFile(path, b, 0o600)
}
