"""What holds where the command line says nothing else."""

HOST = "127.0.0.1"
PORT = 8080
UPLOAD_LIMIT_MB = 2048
