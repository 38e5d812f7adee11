"""What OpenSSL's headers say: the functions and numbers used here, equal in 1.1.1 and 3.x."""

DECLARATIONS = """
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_session_st SSL_SESSION;
typedef struct ssl_cipher_st SSL_CIPHER;
typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;
typedef struct x509_st X509;
typedef struct X509_name_st X509_NAME;
typedef struct x509_store_st X509_STORE;
typedef struct x509_store_ctx_st X509_STORE_CTX;
typedef struct x509_lookup_st X509_LOOKUP;
typedef struct x509_lookup_method_st X509_LOOKUP_METHOD;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_md_st EVP_MD;
typedef struct asn1_string_st ASN1_INTEGER;
typedef struct stack_st OPENSSL_STACK;
typedef struct engine_st ENGINE;
typedef struct dh_st DH;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct hmac_ctx_st HMAC_CTX;
typedef struct ssl_conf_ctx_st SSL_CONF_CTX;
typedef int verify_callback(int ok, X509_STORE_CTX *store);
typedef int alpn_callback(SSL *ssl, const unsigned char **out, unsigned char *outlen,
                          const unsigned char *in, unsigned int inlen, void *arg);
typedef int password_callback(char *buf, int size, int rwflag, void *arg);
typedef int new_session_callback(SSL *ssl, SSL_SESSION *session);
typedef SSL_SESSION *get_session_callback(SSL *ssl, const unsigned char *id, int len, int *copy);
typedef void remove_session_callback(SSL_CTX *ctx, SSL_SESSION *session);
typedef int ticket_key_callback(SSL *ssl, unsigned char *name, unsigned char *iv,
                                EVP_CIPHER_CTX *cipher, HMAC_CTX *mac, int encrypting);

void ERR_clear_error(void);
unsigned long ERR_get_error(void);
unsigned long ERR_peek_error_data(const char **data, int *flags);
unsigned long ERR_peek_last_error(void);
void ERR_error_string_n(unsigned long e, char *buf, size_t len);

BIO *BIO_new(const BIO_METHOD *type);
const BIO_METHOD *BIO_s_mem(void);
BIO *BIO_new_file(const char *path, const char *mode);
int BIO_free(BIO *bio);
int BIO_read(BIO *bio, void *data, int len);
int BIO_write(BIO *bio, const void *data, int len);
long BIO_ctrl(BIO *bio, int cmd, long larg, void *parg);

int OPENSSL_init_ssl(uint64_t options, const void *settings);
const SSL_METHOD *TLS_method(void);
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method);
void SSL_CTX_free(SSL_CTX *ctx);
long SSL_CTX_ctrl(SSL_CTX *ctx, int cmd, long larg, void *parg);
long SSL_CTX_callback_ctrl(SSL_CTX *ctx, int cmd, void (*callback)(void));
uint64_t SSL_CTX_set_options(SSL_CTX *ctx, uint64_t options);
uint64_t SSL_CTX_clear_options(SSL_CTX *ctx, uint64_t options);
long SSL_CTX_set_timeout(SSL_CTX *ctx, long seconds);
int SSL_CTX_set_session_id_context(SSL_CTX *ctx, const unsigned char *id, unsigned int len);
void SSL_CTX_sess_set_new_cb(SSL_CTX *ctx, new_session_callback *callback);
void SSL_CTX_sess_set_get_cb(SSL_CTX *ctx, get_session_callback *callback);
void SSL_CTX_sess_set_remove_cb(SSL_CTX *ctx, remove_session_callback *callback);
int SSL_CTX_remove_session(SSL_CTX *ctx, SSL_SESSION *session);
int SSL_CTX_set_cipher_list(SSL_CTX *ctx, const char *names);
int SSL_CTX_use_certificate(SSL_CTX *ctx, X509 *certificate);
int SSL_CTX_use_PrivateKey(SSL_CTX *ctx, EVP_PKEY *key);
void SSL_CTX_set_verify(SSL_CTX *ctx, int mode, verify_callback *callback);
void SSL_CTX_set_verify_depth(SSL_CTX *ctx, int depth);
int SSL_CTX_load_verify_locations(SSL_CTX *ctx, const char *file, const char *directory);
OPENSSL_STACK *SSL_load_client_CA_file(const char *file);
int SSL_add_file_cert_subjects_to_stack(OPENSSL_STACK *names, const char *file);
void SSL_CTX_set_client_CA_list(SSL_CTX *ctx, OPENSSL_STACK *names);
OPENSSL_STACK *SSL_CTX_get_client_CA_list(const SSL_CTX *ctx);
X509_STORE *SSL_CTX_get_cert_store(const SSL_CTX *ctx);
void SSL_CTX_set_alpn_select_cb(SSL_CTX *ctx, alpn_callback *callback, void *arg);
int SSL_select_next_proto(unsigned char **out, unsigned char *outlen,
                          const unsigned char *server, unsigned int server_len,
                          const unsigned char *client, unsigned int client_len);

SSL *SSL_new(SSL_CTX *ctx);
void SSL_free(SSL *ssl);
void SSL_set_bio(SSL *ssl, BIO *incoming, BIO *outgoing);
void SSL_set_accept_state(SSL *ssl);
int SSL_do_handshake(SSL *ssl);
int SSL_get_error(const SSL *ssl, int ret);
int SSL_read(SSL *ssl, void *data, int len);
int SSL_write(SSL *ssl, const void *data, int len);
int SSL_shutdown(SSL *ssl);
void SSL_set_quiet_shutdown(SSL *ssl, int mode);
const char *SSL_get_version(const SSL *ssl);
const SSL_CIPHER *SSL_get_current_cipher(const SSL *ssl);
const char *SSL_CIPHER_get_name(const SSL_CIPHER *cipher);
long SSL_get_verify_result(const SSL *ssl);
SSL_SESSION *SSL_get_session(const SSL *ssl);
int SSL_session_reused(const SSL *ssl);
X509 *SSL_SESSION_get0_peer(SSL_SESSION *session);
const unsigned char *SSL_SESSION_get_id(const SSL_SESSION *session, unsigned int *len);
int i2d_SSL_SESSION(const SSL_SESSION *session, unsigned char **out);
SSL_SESSION *d2i_SSL_SESSION(SSL_SESSION **session, const unsigned char **in, long len);

int EVP_EncryptInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type, ENGINE *engine,
                       const unsigned char *key, const unsigned char *iv);
int EVP_DecryptInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type, ENGINE *engine,
                       const unsigned char *key, const unsigned char *iv);
const EVP_CIPHER *EVP_aes_128_cbc(void);
const EVP_CIPHER *EVP_aes_256_cbc(void);
const EVP_MD *EVP_sha256(void);
int HMAC_Init_ex(HMAC_CTX *ctx, const void *key, int len, const EVP_MD *md, ENGINE *engine);

SSL_CONF_CTX *SSL_CONF_CTX_new(void);
void SSL_CONF_CTX_free(SSL_CONF_CTX *ctx);
unsigned int SSL_CONF_CTX_set_flags(SSL_CONF_CTX *ctx, unsigned int flags);
void SSL_CONF_CTX_set_ssl_ctx(SSL_CONF_CTX *ctx, SSL_CTX *ssl_ctx);
int SSL_CONF_cmd_value_type(SSL_CONF_CTX *ctx, const char *cmd);
int SSL_CONF_cmd(SSL_CONF_CTX *ctx, const char *cmd, const char *value);
int SSL_CONF_CTX_finish(SSL_CONF_CTX *ctx);

X509 *PEM_read_bio_X509_AUX(BIO *bio, X509 **x, password_callback *cb, void *arg);
X509 *PEM_read_bio_X509(BIO *bio, X509 **x, password_callback *cb, void *arg);
EVP_PKEY *PEM_read_bio_PrivateKey(BIO *bio, EVP_PKEY **x, password_callback *cb, void *arg);
DH *PEM_read_bio_DHparams(BIO *bio, DH **x, password_callback *cb, void *arg);
void DH_free(DH *dh);
int PEM_write_bio_X509(BIO *bio, X509 *certificate);
void X509_free(X509 *certificate);
void EVP_PKEY_free(EVP_PKEY *key);
X509_NAME *X509_get_subject_name(const X509 *certificate);
X509_NAME *X509_get_issuer_name(const X509 *certificate);
ASN1_INTEGER *X509_get_serialNumber(X509 *certificate);
int X509_NAME_print_ex(BIO *out, const X509_NAME *name, int indent, unsigned long flags);
int i2a_ASN1_INTEGER(BIO *out, const ASN1_INTEGER *number);
int X509_digest(const X509 *certificate, const EVP_MD *md, unsigned char *out, unsigned *len);
int X509_NAME_digest(const X509_NAME *name, const EVP_MD *md, unsigned char *out, unsigned *len);
const EVP_MD *EVP_sha1(void);
X509_LOOKUP *X509_STORE_add_lookup(X509_STORE *store, X509_LOOKUP_METHOD *method);
X509_LOOKUP_METHOD *X509_LOOKUP_file(void);
int X509_LOOKUP_ctrl(X509_LOOKUP *lookup, int cmd, const char *argc, long argl, char **ret);
int X509_STORE_set_flags(X509_STORE *store, unsigned long flags);
int X509_STORE_CTX_get_error(const X509_STORE_CTX *store);
void X509_STORE_CTX_set_error(X509_STORE_CTX *store, int error);
const char *X509_verify_cert_error_string(long error);

OPENSSL_STACK *OPENSSL_sk_new_null(void);
int OPENSSL_sk_push(OPENSSL_STACK *stack, const void *item);
int OPENSSL_sk_num(const OPENSSL_STACK *stack);
void *OPENSSL_sk_value(const OPENSSL_STACK *stack, int index);
void OPENSSL_sk_free(OPENSSL_STACK *stack);

ENGINE *ENGINE_by_id(const char *id);
EVP_PKEY *ENGINE_load_private_key(ENGINE *engine, const char *id, void *ui, void *arg);
int ENGINE_set_default(ENGINE *engine, unsigned int flags);
int ENGINE_free(ENGINE *engine);
"""
"""For cffi. The last four are gone in OpenSSL 4; whoever uses them looks them up first."""

OPENSSL_INIT_LOAD_CONFIG = 0x40
SSL_ERROR_WANT_READ = 2
SSL_ERROR_ZERO_RETURN = 6
SSL_VERIFY_PEER = 1
SSL_MODE_NO_AUTO_CHAIN = 0x08
SSL_MODE_RELEASE_BUFFERS = 0x10
SSL_OP_NO_EXTENDED_MASTER_SECRET = 0x0000_0001
SSL_OP_ALLOW_CLIENT_RENEGOTIATION = 0x0000_0100
SSL_OP_NO_TICKET = 0x0000_4000
SSL_OP_NO_COMPRESSION = 0x0002_0000
SSL_OP_CIPHER_SERVER_PREFERENCE = 0x0040_0000
SSL_OP_NO_ANTI_REPLAY = 0x0100_0000
SSL_OP_NO_RENEGOTIATION = 0x4000_0000
SSL_OP_NO = {
    "SSLv2": 0,  # no libssl that still speaks it would load here
    "SSLv3": 0x0200_0000,
    "TLSv1": 0x0400_0000,
    "TLSv1.1": 0x1000_0000,
    "TLSv1.2": 0x0800_0000,
    "TLSv1.3": 0x2000_0000,
}
"""The option that switches each of the page's `ssl_protocols` off."""
SSL_SESS_CACHE_OFF = 0x000
SSL_SESS_CACHE_SERVER = 0x002
SSL_SESS_CACHE_NO_AUTO_CLEAR = 0x080
SSL_SESS_CACHE_NO_INTERNAL_STORE = 0x200
SSL_SESS_CACHE_NO_INTERNAL = 0x300
SSL_CONF_FLAG_FILE = 0x02
SSL_CONF_FLAG_CLIENT = 0x04
SSL_CONF_FLAG_SERVER = 0x08
SSL_CONF_FLAG_SHOW_ERRORS = 0x10
SSL_CONF_FLAG_CERTIFICATE = 0x20
SSL_CONF_TYPE_FILE = 2
SSL_CONF_TYPE_DIR = 3
TLS1_3_VERSION = 0x0304
X509_V_FLAG_CRL_CHECK = 0x4
X509_V_FLAG_CRL_CHECK_ALL = 0x8
XN_FLAG_RFC2253 = 0x0111_0317

ERR_TXT_STRING = 2
ERR_LIB_PEM = 9
PEM_R_NO_START_LINE = 108
OPENSSL_NPN_NEGOTIATED = 1
SSL_TLSEXT_ERR_OK = 0
SSL_TLSEXT_ERR_ALERT_FATAL = 2
X509_L_FILE_LOAD = 1
X509_FILETYPE_PEM = 1
BIO_CTRL_PENDING = 10
SSL_CTRL_SET_TMP_DH = 3
SSL_CTRL_MODE = 33
SSL_CTRL_SET_SESS_CACHE_SIZE = 42
SSL_CTRL_SET_SESS_CACHE_MODE = 44
SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB = 72
SSL_CTRL_CHAIN = 88
SSL_CTRL_SET_GROUPS_LIST = 92
SSL_CTRL_SET_DH_AUTO = 118
BY_REFERENCE = 1  # the "1" of set1: the caller keeps its own reference
SSL_CTRL_SET_MIN_PROTO_VERSION = 123
SSL_CTRL_SET_MAX_PROTO_VERSION = 124
ENGINE_METHOD_ALL = 0xFFFF
SHA1_SIZE = 20
SHA256_SIZE = 32
AES_BLOCK = 16
